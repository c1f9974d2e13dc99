"""Invitations: a CSV file becomes accounts with one-time links; whoever opens a link sets the password. Links go out
as messages where the file says whereto, or are shown once to be handed over."""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass, replace

from charset_normalizer import from_bytes
from django.http import HttpRequest
from django.utils import timezone

from yufang.server.accounts import letters, passwords, people, signing_in
from yufang.server.accounts.contracts import (
    CsvPreview,
    CsvRow,
    InvitationLink,
    InvitationSeen,
    Me,
    PersonIn,
    SecondStep,
)
from yufang.server.accounts.models import Invitation, Organisation, OrganisationRole, Person, Role
from yufang.server.dispatch import inviting
from yufang.server.errors import Refused
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action, beyond, set_local

MOST_ROWS = 2000
MOST_BYTES = 1024 * 1024
_COLUMNS = {
    "username": ("username", "用户名", "账号"),
    "name": ("name", "姓名"),
    "name_en": ("name_en", "英文名"),
    "organisation": ("organisation", "组织", "单位"),
    "roles": ("roles", "角色"),
    "address": ("address", "e-mail", "email", "mobile", "邮箱或手机", "邮箱", "手机", "手机号"),
}
_NEEDED = ("username", "name", "organisation", "roles")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    entry: PersonIn | None
    shown: dict[str, str]
    problem: tuple[str, str] | None
    known: bool = False
    route: inviting.Route | None = None


def preview(acting_user: Actor, content: bytes) -> CsvPreview:
    """What the file would do, line by line, with the reason for each line that can't be taken."""
    rows = _rows(acting_user, content)
    return CsvPreview(
        rows=[
            CsvRow(
                line=r.line,
                username=r.shown.get("username", ""),
                name=r.shown.get("name", ""),
                organisation=r.shown.get("organisation", ""),
                roles=r.shown.get("roles", ""),
                problem_zh=r.problem[0] if r.problem else "",
                problem_en=r.problem[1] if r.problem else "",
                known=r.known,
                sent_to=r.route.hint if r.route else "",
                channel=r.route.channel.name if r.route else "",
            )
            for r in rows
        ],
        good=sum(r.problem is None and not r.known for r in rows),
        bad=sum(r.problem is not None for r in rows),
        known=sum(r.known for r in rows),
        reachable=sum(r.route is not None and r.problem is None for r in rows),
    )


@action
def send(acting_user: Actor, content: bytes, by_message: bool = False) -> list[InvitationLink]:
    """Make the accounts of all good lines with their links. The same file again makes new links for those who have
    not opened theirs, and changes nobody who has. `by_message`: links go to the addresses of the file; those of lines
    without one are given back as ever."""
    links = []
    for row in _rows(acting_user, content):
        if row.entry is None or row.problem is not None:
            continue
        if row.known:
            person = Person.objects.select_for_update(of=("self",)).get(username=row.entry.username)
            if person.has_usable_password():
                continue
        else:
            organisation = people.open_organisation(acting_user, row.entry.organisation_id)
            person = people.make(acting_user, organisation, row.entry)
        if by_message and row.route is not None:
            links.append(letters.send(acting_user, person, Invitation.Kind.FIRST, row.route))
        else:
            links.append(people.invite(acting_user, person, Invitation.Kind.FIRST))
    return links


def _rows(acting_user: Actor, content: bytes) -> list[_Row]:
    table = _table(content)
    header = [_column(cell) for cell in table[0]]
    missing = [c for c in _NEEDED if c not in header]
    if missing:
        raise Refused(
            422,
            "csv_columns",
            f"文件第一行缺少列：{'、'.join(missing)}。请使用模板中的列名。",
            f"The first line lacks the columns {', '.join(missing)}; use the names of the template.",
            "file",
        )
    organisations = _Organisations(acting_user)
    role_names = _role_names()
    may, routes = people.granting(acting_user), inviting.Routes()
    seen: set[str] = set()
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        values = {h: c.strip() for h, c in zip(header, cells, strict=False) if h}
        if any(values.values()):
            rows.append(_routed(_row(number, values, organisations, role_names, may, seen), organisations, routes))
    return _with_known(acting_user, rows)


def _routed(row: _Row, organisations: _Organisations, routes: inviting.Routes) -> _Row:
    """The line with the way to its address, which must be one. Where no channel leads there the link is handed over."""
    address = row.shown.get("address", "")
    if row.entry is None or not address:
        return row
    try:
        route = routes.to(address, organisations.find(row.shown["organisation"])[0])
    except Refused as refused:
        if refused.problem.code == "no_channel":
            return row
        problem = (refused.problem.message_zh, refused.problem.message_en)
        return replace(row, entry=None, problem=problem)
    return replace(row, route=route)


def _table(content: bytes) -> list[list[str]]:
    if len(content) > MOST_BYTES:
        raise Refused(413, "csv_too_large", "文件超过 1 MB，请分批导入。", "The file is over 1 MB; split it.", "file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = str(from_bytes(content, cp_isolation=["gb18030"]).best() or "")
    try:
        table = list(csv.reader(io.StringIO(text.replace("\0", ""))))
    except csv.Error as error:
        raise Refused(
            422, "csv_unreadable", f"文件不是可读的 CSV（{error}）。", f"The file is no readable CSV ({error}).", "file"
        ) from error
    if len(table) < 2:
        raise Refused(
            422,
            "csv_empty",
            "文件里没有人员：第一行是列名，从第二行起每行一人。",
            "There is nobody in the file: the first line names the columns, each further line is a person.",
            "file",
        )
    if len(table) > MOST_ROWS + 1:
        raise Refused(
            422,
            "csv_too_long",
            f"一次最多导入 {MOST_ROWS} 人，请分批。",
            f"At most {MOST_ROWS} people at once.",
            "file",
        )
    return table


def _column(cell: str) -> str:
    name = cell.strip().lower()
    return next((column for column, names in _COLUMNS.items() if name in names), "")


class _Organisations:
    """Organisations under one's own place, by id, by name or by `enterprise/team`."""

    def __init__(self, acting_user: Actor) -> None:
        self._mine = people.administrator(acting_user).path
        self._found: dict[str, list[Organisation]] = {}

    def find(self, text: str) -> list[Organisation]:
        if text not in self._found:
            rows = Organisation.objects.filter(path__startswith=self._mine, closed_at=None)
            *above, name = [part.strip() for part in text.split("/")]
            if name.isdigit() and not above:
                rows = rows.filter(id=int(name[:18]))
            else:
                rows = rows.filter(name=name)
                if above:
                    rows = rows.filter(parent__name=above[-1])
            self._found[text] = list(rows.order_by("id")[:2])
        return self._found[text]


def _role_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for role in Role.objects.all():
        names |= {role.name: role.name, role.name_zh: role.name, role.name_en.lower(): role.name}
    for own in OrganisationRole.objects.all():
        names |= {f"r{own.pk}": f"r{own.pk}", own.name_zh: f"r{own.pk}", own.name_en.lower(): f"r{own.pk}"}
    return names


def _row(
    line: int,
    values: dict[str, str],
    organisations: _Organisations,
    role_names: dict[str, str],
    may: people.Granting,
    seen: set[str],
) -> _Row:
    def bad(zh: str, en: str) -> _Row:
        return _Row(line, None, values, (zh, en))

    username = values.get("username", "")
    if people.USERNAME.match(username) is None:
        return bad(f"用户名“{username}”不合规", f"the user name “{username}” is not allowed")
    if username.lower() in seen:
        return bad("用户名在文件中重复", "the user name stands in the file twice")
    seen.add(username.lower())
    if not 1 <= len(values.get("name", "")) <= 80:
        return bad("姓名缺失或过长", "the name is missing or too long")
    found = organisations.find(values.get("organisation", ""))
    if not found:
        return bad("找不到该组织，或不在您的管理范围内", "no such organisation under your own")
    if len(found) > 1:
        return bad("有多个同名组织，请写“上级/名称”或编号", "several have this name; write “parent/name” or its number")
    texts = [t.strip() for t in values.get("roles", "").replace("；", ";").replace("、", ";").split(";") if t.strip()]
    roles = [role_names.get(t, role_names.get(t.lower(), t)) for t in texts]
    if not roles:
        return bad("没有写角色", "there is no role")
    if refused := may.refused(roles):
        return bad(f"您不能授予角色：{'、'.join(refused)}", f"you can't hand out: {', '.join(refused)}")
    entry = PersonIn(
        username=username,
        name=values["name"],
        name_en=values.get("name_en", "")[:80],
        organisation_id=found[0].pk,
        roles=roles,
    )
    return _Row(line, entry, values, None)


def _with_known(acting_user: Actor, rows: list[_Row]) -> list[_Row]:
    """Marks who is there already, and refuses names that somebody elsewhere has."""
    names = [r.entry.username for r in rows if r.entry is not None]
    mine = people.administrator(acting_user).path
    here = set(Person.objects.filter(username__in=names, path__startswith=mine).values_list("username", flat=True))
    with beyond(acting_user):
        taken = {n.lower() for n in Person.objects.filter(username__in=names).values_list("username", flat=True)}
    out = []
    for row in rows:
        name = row.entry.username if row.entry is not None else ""
        if name in here:
            out.append(replace(row, known=True))
        elif name.lower() in taken:
            out.append(_Row(row.line, None, row.shown, ("用户名已被使用", "the user name is taken")))
        else:
            out.append(row)
    return out


def _open(token: str) -> tuple[Invitation, Person]:
    """The invitation that `token` opens, and whose it is; the scope is the person's from here on."""
    digest = hashlib.sha256(token.encode()).hexdigest()
    set_local("yufang.invitation", digest)
    row = Invitation.objects.filter(token_hash=digest, used_at=None, withdrawn_at=None).first()
    set_local("yufang.invitation", "")
    if row is None or row.expires_at <= timezone.now():
        raise Refused(
            404,
            "invitation_over",
            "链接已失效：可能已使用、已过期或已被新链接替代。请联系本单位管理员重新发送。",
            "The link is no longer good: used, expired or replaced. Ask your administrator for a new one.",
        )
    set_local("yufang.person", str(row.person_id))
    person = Person.objects.filter(id=row.person_id, active=True).first()
    if person is None:
        raise Refused(404, "invitation_over", "账号已关闭。", "The account is closed.")
    set_local("yufang.scope", person.scope)
    return row, person


def look(token: str) -> InvitationSeen:
    """Whom the link is for. Opens nothing yet."""
    row, person = _open(token)
    organisation = Organisation.objects.get(id=person.organisation_id)
    return InvitationSeen(
        kind=row.kind,
        username=person.username,
        name=person.name,
        organisation_name=organisation.name,
        expires_at=row.expires_at,
    )


def accept(request: HttpRequest, token: str, password: str) -> Me | SecondStep:
    """Set the password and sign in. The link holds once: two at the same time, and the second is told so."""
    row, person = _open(token)
    passwords.check(password, person)
    now = timezone.now()
    if not Invitation.objects.filter(id=row.pk, used_at=None, withdrawn_at=None).update(used_at=now):
        raise Refused(404, "invitation_over", "链接已使用。", "The link was used already.")
    passwords.keep(person, password)
    inviting.forget(person)
    by = Actor(person_id=person.pk, name=person.name, organisation_id=None, scope=person.scope, permissions=frozenset())
    ledger.append(by, person.path, "accounts.invitation_accepted", f"person:{person.pk}", {"kind": row.kind})
    return signing_in.password_held(request, person)

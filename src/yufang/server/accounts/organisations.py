"""The tree below one's own place: whoever holds `accounts.organisations` opens, renames, closes and reopens there.

An organisation is never moved: its records and its leaves on the ledger say where they were made. One that belongs
elsewhere is opened anew there, and the old one is closed with its people moved.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils import timezone

from yufang.server.accounts import keys, people
from yufang.server.accounts.contracts import (
    OrganisationCloseIn,
    OrganisationClosing,
    OrganisationIn,
    OrganisationKind,
    OrganisationRow,
    Organisations,
)
from yufang.server.accounts.models import GroupMapping, Invitation, Organisation, Person, ServiceKey
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, action
from yufang.standards.catalogue import entry as standard_entry
from yufang.standards.model import UnknownCode

_PAGE = 50
BELOW: dict[str, tuple[OrganisationKind, ...]] = {
    "regulator": ("regulator", "enterprise"),
    "enterprise": ("site", "team"),
    "site": ("team",),
    "team": (),
}


def listed(acting_user: Actor, text: str, page: int, *, closed: bool) -> Organisations:
    """Organisations at and under one's own place in the order of the tree, 50 a page."""
    mine = people.administrator(acting_user).path
    rows: QuerySet[Organisation] = Organisation.objects.filter(path__startswith=mine)
    if not closed:
        rows = rows.filter(closed_at=None)
    if text.strip():
        rows = rows.filter(name__icontains=text.strip())
    total = rows.count()
    shown = list(rows.select_related("parent").order_by("path")[(page - 1) * _PAGE : page * _PAGE])
    counted = dict(
        Person.objects.filter(organisation__in=shown, active=True, service=False)
        .values_list("organisation_id")
        .annotate(n=Count("id"))
        .order_by()
    )
    items = [
        OrganisationRow(
            id=o.pk,
            name=o.name,
            kind=o.kind,
            depth=o.path.count("/") - mine.count("/"),
            parent_id=o.parent_id if o.path != mine else None,
            parent_name=o.parent.name if o.parent is not None and o.path != mine else "",
            people=counted.get(o.pk, 0),
            by_hand=o.by_hand,
            closed_at=o.closed_at,
            changeable=o.path != mine,
            opens=[] if o.closed_at else list(BELOW[o.kind]),
        )
        for o in shown
    ]
    return Organisations(items=items, total=total, page=page, size=_PAGE)


@action
def open_below(acting_user: Actor, entry: OrganisationIn) -> int:
    """Open an organisation under one that is administered; returns its id."""
    parent = people.open_organisation(acting_user, entry.parent_id)
    if entry.kind not in BELOW[parent.kind]:
        raise Refused(
            422,
            "kind_not_below",
            f"“{parent.name}”下不能建立这种类型的组织，请选择其他类型或上级。",
            f"An organisation of this kind can't stand under “{parent.name}”; choose another kind or parent.",
            "kind",
        )
    name, key = entry.name.strip(), entry.key.strip()
    _refuse_name(parent, name, besides=None)
    _refuse_industry(entry.industry_code)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_organisation', 'id'))")
        number = int(cursor.fetchone()[0])
    key = key or f"web-{number}"
    if Organisation.objects.filter(parent=parent, kind=entry.kind, key=key).exists():
        raise Refused(
            409,
            "organisation_key_taken",
            f"来源编号 {key} 已被同级组织使用，请核对后更换或留空。",
            f"The source's id {key} belongs to another organisation here; check it, choose another or leave it empty.",
            "key",
        )
    made = Organisation.objects.create(
        id=number,
        parent=parent,
        path=f"{parent.path}{number}/",
        kind=entry.kind,
        key=key,
        name=name,
        synthetic=parent.synthetic,
        by_hand=True,
    )
    facts = {"kind": entry.kind, "parent": parent.pk}
    ledger.append(acting_user, made.path, "accounts.organisation_opened", f"organisation:{number}", facts)
    if made.kind == Organisation.Kind.ENTERPRISE:
        # Here, since the room of profiles stands on this one.
        from yufang.server.profiles import actions as profiles

        profiles.open_enterprise(acting_user, number, entry.credit_code.strip(), entry.industry_code.strip())
    return number


@action
def rename(acting_user: Actor, organisation_id: int, name: str) -> None:
    """A new name; the old one stays in what was written before."""
    row = _below(acting_user, organisation_id)
    name = name.strip()
    if name == row.name:
        return
    assert row.parent is not None  # what lies strictly below somebody's place has a parent
    _refuse_name(row.parent, name, besides=row.pk)
    row.name = name
    row.save(update_fields=["name"])
    from yufang.server.profiles import actions as profiles

    profiles.rename_enterprise(acting_user, row.pk, name)
    ledger.append(acting_user, row.path, "accounts.organisation_renamed", f"organisation:{row.pk}", {})


def closing(acting_user: Actor, organisation_id: int) -> OrganisationClosing:
    """What closing would end: so that whoever decides reads it before."""
    row = _below(acting_user, organisation_id, lock=False)
    branch = row.path
    waiting = Invitation.objects.filter(path__startswith=branch, used_at=None, withdrawn_at=None)
    return OrganisationClosing(
        id=row.pk,
        name=row.name,
        organisations=Organisation.objects.filter(path__startswith=branch, closed_at=None).exclude(id=row.pk).count(),
        people=_people(branch).count(),
        keys=ServiceKey.objects.filter(path__startswith=branch, revoked_at=None, expires_at__gt=timezone.now()).count(),
        invitations=waiting.filter(expires_at__gt=timezone.now()).count(),
        mappings=GroupMapping.objects.filter(path__startswith=branch).count(),
    )


@action
def close(acting_user: Actor, organisation_id: int, entry: OrganisationCloseIn) -> None:
    """Close an organisation and all below it. Its people move to another one, or their accounts close; its keys,
    open invitations and mapped groups end. What it recorded stays. Twice changes nothing."""
    row = _below(acting_user, organisation_id)
    if row.closed_at is not None:
        return
    branch = list(
        Organisation.objects.select_for_update(of=("self",), no_key=True)
        .filter(path__startswith=row.path, closed_at=None)
        .order_by("id")
    )
    target = _target(acting_user, row, entry)
    concerned = list(_people(row.path).select_for_update(of=("self",)).order_by("id"))
    _refuse_people(acting_user, concerned)
    for person in concerned:
        if target is None:
            people.end_account(acting_user, person)
        else:
            people.move(acting_user, person, target)
    for key_id in ServiceKey.objects.filter(path__startswith=row.path, revoked_at=None).values_list("id", flat=True):
        keys.revoke(acting_user, key_id)
    now = timezone.now()
    if target is None:
        Invitation.objects.filter(path__startswith=row.path, used_at=None, withdrawn_at=None).update(withdrawn_at=now)
    for mapping in GroupMapping.objects.filter(path__startswith=row.path):
        ledger.append(acting_user, mapping.path, "accounts.group_unmapped", f"group_mapping:{mapping.pk}", {})
        mapping.delete()
    Organisation.objects.filter(id__in=[o.pk for o in branch]).update(closed_at=now)
    facts = {"organisations": [o.pk for o in branch], "people": len(concerned), "to": target.pk if target else None}
    ledger.append(acting_user, row.path, "accounts.organisation_closed", f"organisation:{row.pk}", facts)


@action
def reopen(acting_user: Actor, organisation_id: int) -> None:
    """Open a closed organisation again, alone: those below it, people and keys are opened one by one."""
    row = _below(acting_user, organisation_id)
    if row.closed_at is None:
        return
    assert row.parent is not None
    if row.parent.closed_at is not None:
        raise Refused(
            409,
            "parent_closed",
            f"上级组织“{row.parent.name}”已关闭，请先重新启用它。",
            f"“{row.parent.name}” above it is closed; open that again first.",
        )
    _refuse_name(row.parent, row.name, besides=row.pk)
    row.closed_at = None
    row.save(update_fields=["closed_at"])
    ledger.append(acting_user, row.path, "accounts.organisation_reopened", f"organisation:{row.pk}", {})


def _people(path: str) -> QuerySet[Person]:
    return Person.objects.filter(path__startswith=path, active=True, service=False)


def _below(acting_user: Actor, organisation_id: int, *, lock: bool = True) -> Organisation:
    """An organisation strictly under the place of whoever acts; one's own is for those above."""
    mine = people.administrator(acting_user).path
    rows = Organisation.objects.select_related("parent").filter(path__startswith=mine).exclude(path=mine)
    if lock:
        rows = rows.select_for_update(of=("self",), no_key=True)
    found = rows.filter(id=organisation_id).first()
    if found is None:
        raise not_found()
    return found


def _target(acting_user: Actor, row: Organisation, entry: OrganisationCloseIn) -> Organisation | None:
    if entry.people == "close":
        return None
    if entry.to is None:
        raise Refused(
            422, "target_missing", "请选择人员调往的组织。", "Choose the organisation that the people move to.", "to"
        )
    target = people.open_organisation(acting_user, entry.to)
    if target.path.startswith(row.path):
        raise Refused(
            422,
            "target_inside",
            f"“{target.name}”也将关闭，请选择其他组织。",
            f"“{target.name}” closes too; choose another organisation.",
            "to",
        )
    return target


def _refuse_people(acting_user: Actor, concerned: Iterable[Person]) -> None:
    """Nobody ends or moves, with an organisation, an account that they may not change one by one."""
    may = people.granting(acting_user)
    beyond = [p.name for p in concerned if may.refused(p.roles)]
    if beyond:
        shown = beyond[:5]
        raise Refused(
            403,
            "people_beyond",
            f"这些人的角色超出您的权限：{'、'.join(shown)}（共 {len(beyond)} 人）。请由上级管理员关闭该组织。",
            f"{len(beyond)} people hold more than you: {', '.join(shown)}. Ask an administrator above to close it.",
        )


def _refuse_name(parent: Organisation, name: str, *, besides: int | None) -> None:
    if not name:
        raise Refused(422, "name_missing", "请填写组织名称。", "Enter the organisation's name.", "name")
    taken = Organisation.objects.filter(parent=parent, name__iexact=name, closed_at=None).exclude(id=besides)
    if taken.exists():
        raise Refused(
            409,
            "organisation_name_taken",
            f"“{parent.name}”下已有名为“{name}”的组织，请换一个名称。",
            f"There is a “{name}” under “{parent.name}” already; choose another name.",
            "name",
        )


def _refuse_industry(code: str) -> None:
    if not code.strip():
        return
    try:
        standard_entry("gbt4754_2017", code.strip())
    except UnknownCode as error:
        raise Refused(
            422,
            "unknown_industry",
            f"GB/T 4754-2017 中没有行业代码 {code.strip()}，请核对，或留空。",
            f"GB/T 4754-2017 has no industry {code.strip()}; check it, or leave it empty.",
            "industry_code",
        ) from error

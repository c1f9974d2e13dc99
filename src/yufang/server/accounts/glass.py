"""Break-glass: a named person opens, for some minutes and with a reason, a part of the tree that they don't see
otherwise. Reading only. Whoever is concerned is told at once, and everything that is read is listed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from django.db.models import Count, F, Q, TextField, Value
from django.http import HttpRequest
from django.utils import timezone

from yufang.server.accounts import queries
from yufang.server.accounts.contracts import Found, GlassLookOut, GlassOut, GlassRow
from yufang.server.accounts.models import BreakGlass, GlassLook, Organisation, Person
from yufang.server.dispatch import actions as dispatch
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.scope import Actor, beyond, set_local

GLASS_KEY = "glass"
LONGEST = 120  # minutes
_SHOWN = 20
_TOLD = frozenset({"accounts.manage", "privacy.oversee"})
# Live streams, the bell and one's own data tell the person's own news, whatever was opened.
_OWN = ("/api/auth/", "/api/events", "/api/dispatch/", "/api/accounts/", "/api/privacy/mine", "/api/positions/mine")


def through(request: HttpRequest, actor: Actor) -> Actor:
    """`actor` as it sees this request: through what was opened, while it lasts. Each look is kept."""
    if GLASS_KEY not in request.session or request.path.startswith(_OWN):
        return actor
    glass = _open_now(request.session[GLASS_KEY], actor)
    if glass is None:
        return actor
    if request.method not in ("GET", "HEAD"):
        request.barred = Refused(
            403,
            "glass_reads_only",
            "紧急查看只能读取，不能修改；请先结束紧急查看。",
            "What was opened in an emergency can be read and not changed; end the emergency access first.",
        )
        return actor
    set_local("yufang.scope", glass.path)
    GlassLook.objects.create(glass=glass, path=glass.path, at=timezone.now(), address=request.get_full_path()[:300])
    return replace(actor, scope=glass.path, emergency=glass.reason)


def of(actor: Actor, request: HttpRequest) -> GlassOut | None:
    """What the signed-in person has open now."""
    key = request.session.get(GLASS_KEY)
    glass = _open_now(key, actor) if key is not None else None
    if glass is None:
        return None
    with beyond(actor):
        name = Organisation.objects.get(id=glass.organisation_id).name
    return GlassOut(id=glass.pk, organisation_name=name, ends_at=glass.ends_at)


def search(acting_user: Actor, text: str) -> list[Found]:
    """Organisations by a part of their name, of the whole tree: names and kinds only."""
    with beyond(acting_user):
        rows = Organisation.objects.filter(name__icontains=text.strip()).order_by("path")[:_SHOWN]
        found = [Found(id=o.pk, name=o.name, kind=o.kind, path=o.path) for o in rows]
    return [f for f in found if not f.path.startswith(acting_user.scope)]


def open_glass(acting_user: Actor, request: HttpRequest, organisation_id: int, minutes: int, reason: str) -> GlassOut:
    """Open an organisation for `minutes` and tell its administrators and those of the person's own."""
    now = timezone.now()
    with beyond(acting_user):
        organisation = Organisation.objects.filter(id=organisation_id).first()
        person = Person.objects.select_related("organisation").get(id=acting_user.person_id)
        if organisation is None:
            raise not_found()
        if organisation.path.startswith(acting_user.scope):
            raise Refused(
                409,
                "seen_anyway",
                "该组织本来就在您的可见范围内，无需紧急查看。",
                "You see this organisation anyway; there is nothing to open.",
                "organisation_id",
            )
        glass = BreakGlass.objects.create(
            person=person,
            organisation=organisation,
            path=organisation.path,
            reason=reason.strip(),
            opened_at=now,
            ends_at=now + timedelta(minutes=minutes),
        )
        facts = {"organisation": organisation.pk, "minutes": minutes}
        ledger.append(acting_user, organisation.path, "accounts.glass_opened", f"glass:{glass.pk}", facts)
        _tell(person, organisation, glass)
    request.session[GLASS_KEY] = glass.pk
    return GlassOut(id=glass.pk, organisation_name=organisation.name, ends_at=glass.ends_at)


def close(acting_user: Actor, request: HttpRequest) -> None:
    """End it before its time."""
    key = request.session.pop(GLASS_KEY, None)
    glass = _open_now(key, acting_user) if key is not None else None
    if glass is None:
        return
    with beyond(acting_user):
        BreakGlass.objects.filter(id=glass.pk).update(closed_at=timezone.now())
        ledger.append(acting_user, glass.path, "accounts.glass_closed", f"glass:{glass.pk}", {})


def listed(acting_user: Actor) -> list[GlassRow]:
    """What was opened within the scope, and what one opened oneself; the newest first."""
    rows = list(BreakGlass.objects.order_by("-id")[:200])
    with beyond(acting_user):
        people = Person.objects.select_related("organisation").in_bulk({r.person_id for r in rows})
        names = Organisation.objects.in_bulk({r.organisation_id for r in rows})
        looks = {r.pk: r.looks.count() for r in rows}
    now = timezone.now()
    return [
        GlassRow(
            id=r.pk,
            person_name=people[r.person_id].name,
            person_name_en=people[r.person_id].name_en or people[r.person_id].name,
            person_organisation=people[r.person_id].organisation.name,
            organisation_name=names[r.organisation_id].name,
            reason=r.reason,
            opened_at=r.opened_at,
            ended_at=r.closed_at or (r.ends_at if r.ends_at <= now else None),
            ends_at=r.ends_at,
            looks=looks[r.pk],
        )
        for r in rows
    ]


def concerning(acting_user: Actor, path: str) -> list[GlassRow]:
    """What was opened in an emergency of all that holds `path`, as those who are concerned see it; newest first."""
    with beyond(acting_user):
        rows = (
            BreakGlass.objects.annotate(place=Value(path, output_field=TextField()))
            .filter(place__startswith=F("path"))
            .select_related("person__organisation", "organisation")
            .annotate(count=Count("looks"))
            .order_by("-id")[:_SHOWN]
        )
        now = timezone.now()
        return [
            GlassRow(
                id=r.pk,
                person_name=r.person.name,
                person_name_en=r.person.name_en or r.person.name,
                person_organisation=r.person.organisation.name,
                organisation_name=r.organisation.name,
                reason=r.reason,
                opened_at=r.opened_at,
                ended_at=r.closed_at or (r.ends_at if r.ends_at <= now else None),
                ends_at=r.ends_at,
                looks=r.count,
            )
            for r in rows
        ]


def looks(glass_id: int) -> list[GlassLookOut]:
    """Everything that was read through it, in order."""
    if not BreakGlass.objects.filter(id=glass_id).exists():
        raise not_found()
    rows = GlassLook.objects.filter(glass_id=glass_id).order_by("id")[:1000]
    return [GlassLookOut(at=r.at, address=r.address) for r in rows]


def _open_now(glass_id: int, actor: Actor) -> BreakGlass | None:
    rows = BreakGlass.objects.filter(id=glass_id, person_id=actor.person_id, closed_at=None)
    return rows.filter(ends_at__gt=timezone.now()).first()


def _tell(person: Person, organisation: Organisation, glass: BreakGlass) -> None:
    """Who administers or oversees what was opened, above and within it, and the person's own organisation."""
    ids = {int(part) for path in (organisation.path, person.path) for part in path.strip("/").split("/")}
    concerned = Person.objects.filter(Q(organisation_id__in=ids) | Q(path__startswith=organisation.path))
    concerned = concerned.filter(active=True, service=False).exclude(id=person.pk)
    by_roles: dict[tuple[str, ...], bool] = {}  # hundreds of people have a few sets of roles
    told = []
    for number, roles in concerned.order_by("id").values_list("id", "roles"):
        key = tuple(sorted(roles))
        if key not in by_roles:
            by_roles[key] = not _TOLD.isdisjoint(queries.permissions_of(key))
        if by_roles[key]:
            told.append(number)
    minutes = round((glass.ends_at - glass.opened_at).total_seconds() / 60)
    english = person.name_en or person.name
    dispatch.notify(
        Actor.platform(),
        person_ids=told,
        kind="break_glass",
        subject=f"glass:{glass.pk}",
        title_zh=f"紧急查看：{person.name}打开了{organisation.name}",
        title_en=f"Emergency access: {english} opened {organisation.name}",
        body_zh=f"{person.organisation.name}的{person.name}紧急查看{organisation.name}的数据，"
        f"时长 {minutes} 分钟。理由：{glass.reason}",
        body_en=f"{english} of {person.organisation.name} reads data of {organisation.name} for {minutes} minutes. "
        f"Reason: {glass.reason}",
        link="/people?tab=emergency",
        at=glass.opened_at,
    )

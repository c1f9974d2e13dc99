"""The steps people take with a hazard. Each is one transaction with its leaf; of two people at once one gets a 409."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Literal

from django.utils import timezone

from yufang.hazards.deadlines import due_at
from yufang.hazards.spots import Plan, Spot, beside
from yufang.server import photos as files
from yufang.server.accounts.models import Person
from yufang.server.errors import Refused
from yufang.server.hazards import history, telling
from yufang.server.hazards.actions import keep_photo, person_near
from yufang.server.hazards.models import Hazard, HazardPhoto, Opinion
from yufang.server.hazards.moving import Asked, locked, move, wrong_state
from yufang.server.places.plan_geometry import metres_wide
from yufang.server.scope import Actor, action

MOST_PHOTOS = 6  # of one round
LONGEST_DAYS = 365
KEPT = files.Kept("隐患记录已保留", "the hazard is as it was")


@action
def assign(
    acting_user: Actor, hazard_id: int, to: int, note: str = "", days: int | None = None, at: datetime | None = None
) -> None:
    """Give a hazard to whoever shall fix it, in `days` (None: as the routing said)."""
    now = at or timezone.now()
    hazard = locked(hazard_id)
    person = person_near(hazard, to, "to")
    if days is not None:
        hazard.due_at = now + timedelta(days=days)
    asked = Asked(by=acting_user.person_id, to=person.pk, note=note)
    move(acting_user, hazard, "assign" if hazard.state == Hazard.State.OPENED else "transfer", asked, now)


@action
def start(acting_user: Actor, hazard_id: int, note: str = "", at: datetime | None = None) -> None:
    """Say that work on the fix has begun."""
    hazard = locked(hazard_id)
    asked = Asked(by=acting_user.person_id, note=note, lead=leads(acting_user, hazard))
    move(acting_user, hazard, "start", asked, at or timezone.now())


@action
def add_photo(
    acting_user: Actor,
    hazard_id: int,
    file: files.Readable,
    size: int,
    spot: dict[str, Any] | None = None,
    role: Literal["before", "after"] = "after",
    at: datetime | None = None,
) -> tuple[HazardPhoto, bool]:
    """Add a photo, of the hazard or of the running round's fix; the same picture twice is kept once. Says whether it
    is new.

    How far a photo of the fix was taken from the hazard's own spot is kept and shown; one from elsewhere is warned of
    and taken.
    """
    sent = files.bounded(file, size, KEPT)
    hazard = locked(hazard_id)
    if hazard.state not in _PHOTO_STATES[role]:
        raise wrong_state(hazard)
    picture = files.redrawn(sent, KEPT)
    same_role = hazard.photos.filter(role=role, round=hazard.round)
    known = same_role.filter(sha256=picture.sha256).first()
    if known is not None:
        return known, False
    _refuse_photo(hazard, role, picture.sha256, same_role.count())
    files.store(picture)
    after = role == "after"
    kept = keep_photo(
        acting_user,
        hazard,
        picture.sha256,
        HazardPhoto.Role(role),
        spot,
        acting_user.person_id,
        at or timezone.now(),
        beside(spot_of(hazard), _spot(spot), _plan(hazard)) if after else None,
    )
    history.tell_live(hazard)
    return kept, True


_PHOTO_STATES = {
    "before": (Hazard.State.OPENED, Hazard.State.ASSIGNED, Hazard.State.IN_PROGRESS),
    "after": (Hazard.State.ASSIGNED, Hazard.State.IN_PROGRESS),
}


def _refuse_photo(hazard: Hazard, role: str, sha256: str, there: int) -> None:
    if role == "after" and hazard.photos.filter(role=HazardPhoto.Role.BEFORE, sha256=sha256).exists():
        raise Refused(
            422,
            "same_as_before",
            "这张照片与整改前的照片相同，请重新拍摄整改后的照片。",
            "This is the very photo from before the fix; take a new one of what it looks like now.",
            "file",
        )
    if there >= MOST_PHOTOS:
        raise Refused(
            409,
            "too_many_photos",
            f"一次整改最多附 {MOST_PHOTOS} 张照片，已附的照片保留。",
            f"A fix carries at most {MOST_PHOTOS} photos; those that are there stay.",
            "file",
        )


@action
def fix(acting_user: Actor, hazard_id: int, note: str = "", at: datetime | None = None) -> None:
    """Say that it is fixed; at least one after photo of this round shows it."""
    hazard = locked(hazard_id)
    asked = Asked(by=acting_user.person_id, note=note, lead=leads(acting_user, hazard))
    shown = hazard.photos.filter(role=HazardPhoto.Role.AFTER, round=hazard.round).exists()
    if hazard.state in (Hazard.State.ASSIGNED, Hazard.State.IN_PROGRESS) and not shown:
        raise Refused(
            422,
            "no_after_photo",
            "请先在同一位置拍一张整改后的照片。",
            "First take a photo of the fix from the same place.",
            "photos",
        )
    move(acting_user, hazard, "fix", asked, at or timezone.now())


@action
def check(acting_user: Actor, hazard_id: int, passed: bool, note: str = "", at: datetime | None = None) -> None:
    """Check somebody else's fix: passed, or back to its owner with the reason."""
    hazard = locked(hazard_id)
    if not passed and not note.strip():
        raise _why_wanted("note", "退回时请写明哪里没有整改到位。", "Say what is not fixed when you send it back.")
    asked = Asked(by=acting_user.person_id, note=note)
    move(acting_user, hazard, "check" if passed else "send_back", asked, at or timezone.now())


@action
def refuse(acting_user: Actor, hazard_id: int, note: str, at: datetime | None = None) -> None:
    """Decide that it is not a hazard, with the reason the reporter reads and may contest."""
    hazard = locked(hazard_id)
    if not note.strip():
        raise _why_wanted("note", "请写明为什么不是隐患，报告人会看到。", "Say why it is none; its reporter reads it.")
    move(acting_user, hazard, "refuse", Asked(by=acting_user.person_id, note=note), at or timezone.now())


@action
def reopen(acting_user: Actor, hazard_id: int, note: str, at: datetime | None = None) -> None:
    """Open a closed hazard again; it goes back to its owner."""
    hazard = locked(hazard_id)
    if not note.strip():
        raise _why_wanted("note", "请写明为什么重新打开。", "Say why it is opened again.")
    asked = Asked(by=acting_user.person_id, note=note, lead=acting_user.may("hazards.check"))
    move(acting_user, hazard, "reopen", asked, at or timezone.now())


@action
def ask_opinion(acting_user: Actor, hazard_id: int, of: int, question: str, at: datetime | None = None) -> None:
    """Ask somebody else for a second opinion."""
    now = at or timezone.now()
    hazard = locked(hazard_id)
    if hazard.state == Hazard.State.CLOSED:
        raise wrong_state(hazard)
    person = person_near(hazard, of, "of")
    if person.pk == acting_user.person_id:
        raise Refused(422, "own_opinion", "请选择另一个人复核。", "Choose somebody else for a second opinion.", "of")
    if hazard.opinions.filter(asked_of=person, given_at__isnull=True).exists():
        raise Refused(
            409,
            "asked_already",
            "已请此人复核，正在等待答复。",
            "This person was asked and has not answered.",
            "of",
        )
    Opinion.objects.create(
        hazard=hazard,
        path=hazard.path,
        asked_by_id=acting_user.person_id,
        asked_of=person,
        question=question,
        asked_at=now,
    )
    _aside(acting_user, hazard, "opinion_asked", now, to=person.pk, note=question)
    words = ("请您复核隐患", "Your second opinion is asked")
    telling.tell(acting_user, hazard, [person.pk], "hazard_opinion", words, now)


@action
def give_opinion(acting_user: Actor, hazard_id: int, agrees: bool, words: str, at: datetime | None = None) -> None:
    """Give the second opinion one was asked for."""
    now = at or timezone.now()
    hazard = locked(hazard_id)
    waiting = hazard.opinions.filter(asked_of_id=acting_user.person_id, given_at__isnull=True).first()
    if waiting is None:
        raise Refused(409, "not_asked", "没有待您答复的复核请求。", "Nobody asked you for an opinion on this hazard.")
    waiting.agrees, waiting.words, waiting.given_at = agrees, words, now
    waiting.save(update_fields=["agrees", "words", "given_at"])
    _aside(acting_user, hazard, "opinion_given", now, to=waiting.asked_by_id, note=words)
    telling.tell(
        acting_user,
        hazard,
        [waiting.asked_by_id],
        "hazard_opinion",
        ("复核意见已给出", "A second opinion was given"),
        now,
    )


def spot_of(hazard: Hazard) -> Spot:
    """Where the hazard is."""
    return Spot(x=hazard.x, y=hazard.y, lat=hazard.lat, lon=hazard.lon, accuracy_m=hazard.accuracy_m)


def _spot(given: dict[str, Any] | None) -> Spot:
    known = given or {}
    return Spot(**{name: known.get(name) for name in ("x", "y", "lat", "lon", "accuracy_m")})


def _plan(hazard: Hazard) -> Plan | None:
    area = hazard.area
    if area is None or area.plan is None:
        return None
    drawn = area.plan
    wide = None
    if drawn.corners:
        first, last = drawn.corners
        wide = metres_wide(((first[0], first[1]), (last[0], last[1])), drawn.width, drawn.height)
    return Plan(width=drawn.width, height=drawn.height, metres_wide=wide)


def leads(acting_user: Actor, hazard: Hazard) -> bool:
    """Whether the actor may act for the owner: who checks, or someone of the team that the hazard was given to."""
    if acting_user.may("hazards.check"):
        return True
    # By the column: who is above the acting user is not shown to them, and asking for the row would fail.
    return Person.objects.filter(id=hazard.owner_id, organisation_id=acting_user.organisation_id).exists()


@action
def set_level(acting_user: Actor, hazard_id: int, level: str, at: datetime | None = None) -> None:
    """Weigh a hazard anew; the date of the fix follows, counted from the opening."""
    hazard = locked(hazard_id)
    if hazard.state == Hazard.State.CLOSED or hazard.major:
        raise wrong_state(hazard)
    before, hazard.level = hazard.level, level
    hazard.due_at = due_at(hazard.opened_at, hazard.level)
    hazard.save(update_fields=["level", "due_at"])
    history.recount_level(hazard, before)
    _aside(acting_user, hazard, "level", at or timezone.now())
    history.plan_timers(hazard)


def _aside(
    acting_user: Actor, hazard: Hazard, name: str, at: datetime, *, to: int | None = None, note: str = ""
) -> None:
    """A step beside the life cycle: the state stays."""
    history.write_step(
        acting_user,
        hazard,
        name,
        before=hazard.state,
        after=hazard.state,
        at=at,
        by=acting_user.person_id,
        to=to,
        note=note,
    )
    history.tell_live(hazard)


def _why_wanted(field: str, zh: str, en: str) -> Refused:
    return Refused(422, "why_wanted", zh, en, field)

"""Reads of reports: for the phone that sent one, for who follows by the code, for who deals with the hazard."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count

from yufang.hazards.deadlines import PROMISE
from yufang.hazards.kinds import kinds
from yufang.server import photos
from yufang.server.accounts.queries import person_label
from yufang.server.errors import Refused, not_found
from yufang.server.hazards import queries as hazards
from yufang.server.places import queries as places
from yufang.server.places.contracts import PlaceByToken
from yufang.server.places.plan_geometry import no_position, on_plan
from yufang.server.reports import keys, titles
from yufang.server.reports.contracts import (
    Follow,
    FollowStep,
    KindGuess,
    KindOut,
    OnPlanOut,
    PlaceOut,
    PlanImage,
    Receipt,
    RefusedFile,
    ReportOut,
    SimilarOut,
    Suggestions,
)
from yufang.server.reports.files import voice_bytes
from yufang.server.reports.models import Report, ReportFile
from yufang.server.scope import set_local

PROMISE_HOURS = int(PROMISE.total_seconds() // 3600)


def place_of(token: str) -> PlaceByToken:
    """The place of a code. Refuses with 404 what no area carries."""
    found = places.area_by_token(token) if token else None
    if found is None:
        raise Refused(
            404,
            "unknown_place",
            "没有这个地点：二维码可能已更换。请重新扫描现场的二维码，或请班组长提供新的。",
            "There is no such place: its code may have been replaced. Scan the code on site again, or ask for a new "
            "one.",
            "token",
        )
    return found


def place_out(place: PlaceByToken, signed_in_as: str | None) -> PlaceOut:
    """What the phone shows of the place."""
    area, plan = place.area, place.plan
    image = None
    if plan is not None:
        image = PlanImage(
            image=f"/api/report/places/{place.token}/plan",
            width=plan.width,
            height=plan.height,
            located=plan.corners is not None,
        )
    why = area.closed_why or ""
    return PlaceOut(
        token=place.token,
        area_zh=area.name_zh,
        area_en=area.name_en or area.name_zh,
        organisation=place.organisation,
        plan=image,
        spot=area.spot,
        closed=area.closed,
        closed_why_zh=why,
        closed_why_en=why,
        kinds=[KindOut(key=k.key, zh=k.name.zh, en=k.name.en) for k in kinds()],
        promise_hours=PROMISE_HOURS,
        signed_in_as=signed_in_as,
        synthetic=area.synthetic,
    )


def suggestions(place: PlaceByToken, words: str) -> Suggestions:
    """What the words are probably about, and open hazards of the place that say the same."""
    names = {k.key: k.name for k in kinds()}
    guessed = [
        KindGuess(key=g["key"], zh=names[g["key"]].zh, en=names[g["key"]].en, probability=g["probability"])
        for g in titles.guesses(words)
    ]
    area = place.area
    with places.within(place.enterprise_path):
        found = hazards.similar_open(area.id, words, 3) if words.strip() else []
    similar = [
        SimilarOut(
            id=one.id,
            title_zh=one.title_zh,
            title_en=one.title_en,
            opened_at=one.opened_at,
            state=str(one.state),
            area_zh=area.name_zh,
            area_en=area.name_en or area.name_zh,
        )
        for one in found
    ]
    return Suggestions(kinds=guessed, similar=similar)


def located(place: PlaceByToken, lat: float, lon: float, accuracy_m: float) -> OnPlanOut:
    """Where a fix lies on the place's plan. Refuses with 422 a fix that says nothing, with 404 where no plan has
    corners."""
    if no_position(lat, lon):
        raise Refused(
            422,
            "no_position",
            "手机没有给出有效位置；请在平面图上点选，或直接使用二维码所在区域。",
            "The phone gave no valid position; tap the plan, or take the area of the code.",
            "lat",
        )
    plan = place.plan
    if plan is None or plan.corners is None:
        raise Refused(
            404,
            "plan_not_located",
            "该地点的平面图没有标定经纬度；请在平面图上点选，或使用二维码所在区域。",
            "This place has no plan with known corners; tap the plan, or take the area of the code.",
        )
    spot = on_plan(plan.corners, plan.width, plan.height, lat, lon, accuracy_m)
    return OnPlanOut(x=spot.x, y=spot.y, radius=spot.radius, inside=spot.inside)


def home_of(client_id: UUID) -> str | None:
    """The path of the enterprise whose report this is, for the phone that made its id; None where there is none."""
    set_local("yufang.report_client", str(client_id))
    row = Report.objects.filter(client_id=client_id).values_list("path", "enterprise_id").first()
    set_local("yufang.report_client", "")
    return places.enterprise_path(*row) if row else None


def by_code(code: str) -> tuple[int, str, int | None]:
    """(id, path of the enterprise, person or None) of the report that a private code follows. Refuses with 404."""
    known = keys.typed_code(code)
    row = None
    if known:
        hashed = keys.code_hash(known)
        set_local("yufang.follow_hash", hashed)
        row = Report.objects.filter(code_hash=hashed).values_list("id", "path", "enterprise_id", "person_id").first()
        set_local("yufang.follow_hash", "")
    if row is None:
        raise Refused(
            404,
            "unknown_code",
            "没有这个查询码。请核对 12 位字母和数字(如 7K3M-9QWD-X2RT)，或在提交报告的手机上查看。",
            "There is no such code. Check its 12 letters and digits (like 7K3M-9QWD-X2RT), or look on the phone that "
            "sent the report.",
            "code",
        )
    number, path, enterprise_id, person_id = row
    return number, places.enterprise_path(path, enterprise_id), person_id


def receipt(report: Report) -> Receipt:
    """Answer to an upload: what is here, what is missing, what can't be kept."""
    missing, refused = [], []
    for file in report.files.order_by("id"):
        if file.refused is not None:
            why = file.refused
            refused.append(RefusedFile(id=file.file_id, code=why["code"], message_zh=why["zh"], message_en=why["en"]))
        elif file.arrived_at is None:
            missing.append(file.file_id)
    note = ("", "")
    if report.area_was_closed:
        note = (
            "该区域目前已关闭。您的报告照常收下，由安全管理人员处理。",
            "This area is closed at present. Your report is taken all the same and goes to the safety manager.",
        )
    return Receipt(
        code=keys.follow_code(report.client_id),
        state=report.state,
        missing=missing,
        refused=refused,
        joined=report.joined,
        note_zh=note[0],
        note_en=note[1],
    )


def follow(report_id: int, code: str) -> Follow:
    """A report as its sender sees it, in the open scope."""
    report = Report.objects.select_related("area").get(id=report_id)
    shown = keys.typed_code(code)
    photos_of = report.files.filter(kind=ReportFile.Kind.PHOTO, arrived_at__isnull=False).order_by("id")
    story = hazards.story(report.hazard_id) if report.hazard_id is not None else None
    steps = [_received(report)]
    if story is not None:
        first = 1 if story.steps and story.steps[0].state == "opened" and not report.joined else 0
        steps += [FollowStep(**s.model_dump()) for s in story.steps[first:] if not report.joined or s.at >= steps[0].at]
    base = f"/api/report/follow/{shown}/photos"
    return Follow(
        state=story.state if story else "waiting",
        steps=steps,
        words=report.words,
        photos=[f"{base}/{p.pk}" for p in photos_of],
        after_photos=[f"{base}/after-{p.id}" for p in story.after_photos] if story else [],
        due_at=story.due_at if story else None,
        promise_due_at=story.promise_due_at if story else None,
        may_confirm=bool(story and story.may_confirm and not report.joined),
        may_contest=bool(story and story.may_contest and not report.joined),
        area_zh=report.area.name_zh,
        area_en=report.area.name_en or report.area.name_zh,
        said_at=report.said_at,
        synthetic=report.synthetic,
    )


def _received(report: Report) -> FollowStep:
    if report.state == Report.State.WAITING:
        zh, en = (
            "已收到文字，还在等照片或语音传完。",
            "Your words are here; photos or the voice note are still missing.",
        )
    elif report.joined:
        zh, en = (
            "已收到。有人报告过同一隐患，您的报告已并入，帮助它更快处理。",
            "Received. Somebody had reported the same; yours was added to it and gives it weight.",
        )
    else:
        zh, en = "已收到，隐患已登记。", "Received, and opened as a hazard."
    at = report.completed_at or report.received_at
    return FollowStep(
        at=at, state="waiting" if report.state == Report.State.WAITING else "opened", text_zh=zh, text_en=en
    )


def followed_photo(report_id: int, photo: str) -> bytes:
    """A photo of the report, or (`after-…`) of its fix. Refuses with 404 any other."""
    report = Report.objects.get(id=report_id)
    sha256 = None
    if photo.startswith("after-"):
        story = hazards.story(report.hazard_id) if report.hazard_id is not None else None
        sha256 = next((p.sha256 for p in story.after_photos if f"after-{p.id}" == photo), None) if story else None
    elif photo.isdecimal():
        own = report.files.filter(id=int(photo), kind=ReportFile.Kind.PHOTO, arrived_at__isnull=False).first()
        sha256 = own.sha256 if own else None
    if sha256 is None:
        raise not_found()
    return photos.jpeg(sha256)


def of_hazard(hazard_id: int) -> list[ReportOut]:
    """The reports that stand behind a hazard, the first one first; empty where nobody reported it. Refuses with 404 a
    hazard outside the scope."""
    hazards.story(hazard_id)
    found = Report.objects.filter(hazard_id=hazard_id).select_related("person").prefetch_related("files")
    return [_report_out(one) for one in found.order_by("joined", "id")]


def waiting(enterprise_id: int) -> list[ReportOut]:
    """Reports whose words came and whose files did not (yet), the oldest first."""
    found = Report.objects.filter(enterprise_id=enterprise_id, state=Report.State.WAITING)
    return [_report_out(one) for one in found.select_related("person").prefetch_related("files").order_by("id")]


def support(hazard_ids: Iterable[int]) -> dict[int, int]:
    """How many reports besides the first say the same, by hazard."""
    found = Report.objects.filter(hazard_id__in=list(hazard_ids), joined=True)
    return dict(found.values_list("hazard_id").annotate(n=Count("id")))


def _report_out(report: Report) -> ReportOut:
    files = sorted(report.files.all(), key=lambda f: f.pk)
    here = [f for f in files if f.arrived_at is not None]
    voices = [f for f in here if f.kind == ReportFile.Kind.VOICE]
    return ReportOut(
        id=report.pk,
        hazard_id=report.hazard_id,
        joined=report.joined,
        state=report.state,
        words=report.words,
        named=report.named,
        reporter=person_label(report.person),
        has_contact=report.contact is not None,
        photos=[f"/api/reports/files/{f.pk}" for f in here if f.kind == ReportFile.Kind.PHOTO],
        voices=[f"/api/reports/files/{f.pk}" for f in voices],
        voice_seconds=[f.seconds for f in voices],
        said_at=report.said_at,
        received_at=report.received_at,
        missing=sum(f.arrived_at is None and f.refused is None for f in files),
    )


def file_bytes(file_id: int) -> tuple[bytes, str]:
    """A photo or voice note of the open scope, and its media type. Refuses with 404."""
    file = ReportFile.objects.filter(id=file_id, arrived_at__isnull=False).first()
    if file is None:
        raise not_found()
    if file.kind == ReportFile.Kind.PHOTO:
        return photos.jpeg(file.sha256), "image/jpeg"
    return voice_bytes(file.sha256)

"""The only code that writes reports. A report and each of its files come apart, in any order of time, any number of
times; what was taken once is answered the same again. With the last declared file the hazard is opened, in the same
transaction: there is no complete report without its hazard and none with two."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from yufang.hazards.kinds import UnknownKind
from yufang.hazards.kinds import kind as kind_of
from yufang.server.errors import Refused, not_found
from yufang.server.hazards import actions as hazards
from yufang.server.hazards import queries as hazard_queries
from yufang.server.ledger import actions as ledger
from yufang.server.places.contracts import PlaceByToken
from yufang.server.privacy.access import note
from yufang.server.reports import files, keys, limits, spots, titles
from yufang.server.reports.contracts import Contact, Receipt, ReportIn
from yufang.server.reports.models import Report, ReportFile
from yufang.server.reports.queries import receipt
from yufang.server.scope import Actor, action

OLDEST = timedelta(days=400)  # said longer ago than this, the phone's clock is wrong


@action
def declare(acting_user: Actor, place: PlaceByToken, client_id: UUID, body: ReportIn) -> Receipt:
    """Take a report, whose files follow. The same again is answered the same; the same id with other content is
    refused with 409."""
    content = keys.content_hash(body.model_dump(mode="json"))
    known = _locked(client_id)
    if known is None:
        _check(body)
        limits.NEW_REPORTS.take(place.area.id)
        known = _keep(acting_user, place, client_id, body, content)
    if known.content_sha256 != content:
        raise _other_content()
    return receipt(known)


def _locked(client_id: UUID) -> Report | None:
    return Report.objects.select_for_update(of=("self",)).filter(client_id=client_id).first()


def _keep(acting_user: Actor, place: PlaceByToken, client_id: UUID, body: ReportIn, content: str) -> Report:
    now = timezone.now()
    said, received = _times(body.said_at, now, body.named)
    contact = {"name": (body.name or "").strip(), "phone": (body.phone or "").strip()}
    report = Report(
        path=place.area.path,
        area_id=place.area.id,
        enterprise_id=place.area.enterprise_id,
        client_id=client_id,
        content_sha256=content,
        code_hash=keys.code_hash(keys.follow_code(client_id)),
        words=body.words.strip(),
        kind=body.kind or "",
        suggested=titles.guesses(body.words),
        named=body.named,
        person_id=acting_user.person_id if body.named else None,
        contact=keys.sealed(contact, client_id) if body.named and any(contact.values()) else None,
        spot=spots.resolved(place, body.spot),
        said_at=said,
        received_at=received,
        same_as=body.same_as,
        area_was_closed=place.area.closed,
        synthetic=place.area.synthetic,
    )
    # Two uploads of one report at once: the second waits here for the first and then finds it.
    Report.objects.bulk_create([report], ignore_conflicts=True)
    kept = _locked(client_id)
    if kept is None:
        raise _other_content()  # another place's report has this id
    if kept.content_sha256 != content or kept.files.exists():
        return kept
    ReportFile.objects.bulk_create(
        ReportFile(
            report=kept,
            path=kept.path,
            file_id=one.id,
            kind=one.kind,
            declared_sha256=one.sha256,
            declared_size=one.size,
            declared_type=one.type,
        )
        for one in body.files
    )
    facts = {"files": len(body.files), "content_hmac": content}
    ledger.append_last(_as_told(acting_user, kept), kept.path, "reports.received", f"report:{kept.pk}", facts)
    _complete_if_all_here(acting_user, kept)
    return kept


@action
def add_file(acting_user: Actor, client_id: UUID, file_id: str, sent: bytes) -> Receipt:
    """Take a declared file. Refuses with 422 bytes that are not those declared (sent again, they may be), and what
    can't be kept: of that a note stays, by `refuse_file`."""
    report, file = _declared(client_id, file_id)
    if file.arrived_at is None and file.refused is None:
        _must_be_declared(file, sent)
        kept = files.take_photo(sent) if file.kind == ReportFile.Kind.PHOTO else files.take_voice(sent)
        file.sha256, file.size = kept.sha256, kept.size
        file.width, file.height, file.seconds = kept.width, kept.height, kept.seconds
        file.arrived_at = _times(timezone.now(), timezone.now(), report.named)[1]
        file.save()
        if kept.position is not None and spots.better_from_photo(report.spot):
            report.spot = spots.from_photo(report, kept.position)
            report.save(update_fields=["spot"])
        _complete_if_all_here(acting_user, report)
    return receipt(report)


@action
def refuse_file(acting_user: Actor, client_id: UUID, file_id: str, refusal: Refused) -> None:
    """Note that a declared file came whole and can't be kept, so that the report doesn't wait for it for ever."""
    report, file = _declared(client_id, file_id)
    if file.arrived_at is not None or file.refused is not None:
        return
    problem = refusal.problem
    file.refused = {"code": problem.code, "zh": problem.message_zh, "en": problem.message_en}
    file.save(update_fields=["refused"])
    facts = {"file": file.pk, "why": problem.code}
    ledger.append_last(_as_told(acting_user, report), report.path, "reports.file_refused", f"report:{report.pk}", facts)
    _complete_if_all_here(acting_user, report)


@action
def say_whether_done(acting_user: Actor, report_id: int, done: bool, note: str) -> None:
    """The reporter's word on the fix, by the private code or signed in."""
    report = Report.objects.filter(id=report_id).first()
    if report is None:
        raise not_found()
    if report.hazard_id is None or report.joined:
        raise Refused(
            409,
            "not_yours_to_confirm",
            "整改结果由最先上报的人确认；您可以随时查看进展，或就新情况再次上报。",
            "The one who reported it first confirms the fix. You can follow it here, or report again what is new.",
        )
    hazards.reporter_says(acting_user, report.hazard_id, done, note, _times(timezone.now(), timezone.now(), False)[1])


@action
def read_contact(acting_user: Actor, report_id: int) -> Contact:
    """The name and number that a reporter left; each reading leaves a leaf."""
    report = Report.objects.filter(id=report_id).first()
    if report is None or report.contact is None:
        raise not_found()
    try:
        contact = keys.unsealed(report.contact, report.client_id)
    except ValueError as error:
        raise Refused(
            409,
            "other_key",
            "联系方式用另一把密钥加密，请从备份恢复主目录下的 field_keys.json 与 reports_key 文件。",
            "The contact was encrypted with another key; restore the files field_keys.json and reports_key in the home "
            "folder from a backup.",
        ) from error
    note(acting_user, "reporter_contact", path=report.path, person_id=report.person_id, subject=f"report:{report.pk}")
    ledger.append_last(acting_user, report.path, "reports.contact_read", f"report:{report.pk}", {})
    return Contact(name=contact.get("name", ""), phone=contact.get("phone", ""))


def _declared(client_id: UUID, file_id: str) -> tuple[Report, ReportFile]:
    report = _locked(client_id)
    file = report.files.filter(file_id=file_id).first() if report else None
    if report is None or file is None:
        raise Refused(
            404,
            "not_declared",
            "服务器还没有收到这份报告，或报告里没有这个文件；请先提交报告再传文件。",
            "The report has not come yet, or it doesn't name this file; send the report first, then its files.",
            "file",
        )
    return report, file


def _must_be_declared(file: ReportFile, sent: bytes) -> None:
    if hashlib.sha256(sent).hexdigest() != file.declared_sha256:
        raise Refused(
            422,
            "wrong_bytes",
            f"收到的 {len(sent)} 字节与报告声明的文件({file.declared_size} 字节)不一致，可能传输中断；请重传这个文件。",
            f"The {len(sent)} bytes that came are not the declared file ({file.declared_size} bytes); the connection "
            "may have broken. Send this file again.",
            "file",
        )


def _complete_if_all_here(acting_user: Actor, report: Report) -> None:
    """Open the hazard, or join the one that the reporter said it is, once nothing is missing."""
    waiting = report.files.filter(arrived_at__isnull=True, refused__isnull=True)
    if report.state == Report.State.COMPLETE or waiting.exists():
        return
    now = _times(timezone.now(), timezone.now(), report.named)[1]
    arrived = list(report.files.filter(arrived_at__isnull=False).order_by("id"))
    joined = _joinable(report)
    report.hazard_id = joined if joined is not None else _open(acting_user, report, arrived, now)
    report.joined = joined is not None
    report.state = Report.State.COMPLETE
    report.completed_at = now
    report.save(update_fields=["hazard", "joined", "state", "completed_at"])
    ledger.append_last(
        _as_told(acting_user, report),
        report.path,
        "reports.joined" if report.joined else "reports.completed",
        f"report:{report.pk}",
        {"hazard": report.hazard_id, "files": [f.sha256 for f in arrived]},
    )


def _joinable(report: Report) -> int | None:
    """The open hazard that the reporter means. One that was closed meanwhile doesn't swallow a new report."""
    if report.same_as is None:
        return None
    try:
        state = hazard_queries.story(report.same_as).state
    except Refused:  # not of this enterprise, or gone
        return None
    return None if state == "closed" else report.same_as


def _open(acting_user: Actor, report: Report, arrived: list[ReportFile], now: datetime) -> int:
    kind = report.kind or titles.sure_kind(report.suggested)
    title_zh, title_en = titles.title(kind, report.words, report.area.name_zh, report.area.name_en)
    photos = tuple(dict.fromkeys(f.sha256 for f in arrived if f.kind == ReportFile.Kind.PHOTO))
    return hazards.open_hazard(
        _as_told(acting_user, report),
        organisation_id=report.area.organisation_id,
        area_id=report.area_id,
        kind=kind,
        title_zh=title_zh,
        title_en=title_en,
        words=report.words,
        found_by="worker",
        spot=report.spot,
        report_id=report.pk,
        reporter_person_id=report.person_id,
        photos=photos,
        at=now,
        synthetic=report.synthetic,
    )


def _check(body: ReportIn) -> None:
    if not body.words.strip() and not body.files:
        raise Refused(
            422,
            "nothing_said",
            "请写一句话、拍一张照片或录一段语音，至少一样。",
            "Write a sentence, take a photo or record a voice note: one of them at least.",
            "words",
        )
    if body.kind is not None:
        try:
            kind_of(body.kind)
        except UnknownKind as error:
            raise Refused(
                422,
                "unknown_kind",
                f"没有隐患类型 {body.kind}，请从列表中选择或留空。",
                f"There is no kind {body.kind}; choose one of the list or leave it empty.",
                "kind",
            ) from error
    ids = [one.id for one in body.files]
    if len(set(ids)) < len(ids):
        raise Refused(
            422,
            "double_file",
            "两个文件用了同一个编号，请为每个文件使用不同编号。",
            "Two files carry the same id; give each its own.",
            "files",
        )
    for kind, most in files.MOST.items():
        if sum(one.kind == kind for one in body.files) > most:
            zh, en = ("张照片", "photos") if kind == "photo" else ("段语音", "voice note")
            raise Refused(
                422,
                "too_many_files",
                f"一份报告最多 {most} {zh}，请去掉多余的。",
                f"A report carries at most {most} {en}; leave the others out.",
                "files",
            )
    for one in body.files:
        if one.size > files.LARGEST[one.kind]:
            raise files.too_large(one.kind, one.size, "files")


def _times(said: datetime, now: datetime, named: bool) -> tuple[datetime, datetime]:
    """(said, received) as they are kept. A clock ahead is set back to now, one that is years behind too; an anonymous
    report keeps the minute, lest its time be held against a door's or a camera's log."""
    if said > now or now - said > OLDEST:
        said = now
    if named:
        return said, now
    return said.replace(second=0, microsecond=0), now.replace(second=0, microsecond=0)


def _as_told(acting_user: Actor, report: Report) -> Actor:
    """Who acts, as far as the report tells: nobody for an anonymous one, whoever carries its files."""
    return replace(acting_user, person_id=report.person_id, name="")


def _other_content() -> Refused:
    return Refused(
        409,
        "other_content",
        "这个编号的报告已经提交过，内容不同；请在手机上作为新报告重新提交。",
        "A report of this id was sent before with other content; send this one as a new report.",
    )

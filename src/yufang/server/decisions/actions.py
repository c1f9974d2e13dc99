"""The only code that writes versions of decision tables, trials, and which table is at work."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.db.models import Max, Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yufang.server.accounts.models import Organisation
from yufang.server.decisions import documents, queries
from yufang.server.decisions.contracts import DecisionDocumentIn, TableTrialOut, TableVersionRow
from yufang.server.decisions.history import DAYS
from yufang.server.decisions.models import DecisionTableVersion, TableChange, TableTrial
from yufang.server.decisions.queries import TIERS
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import DecisionsChanged, emit
from yufang.server.profiles.queries import today
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.server.decisions.trials import Job

TRY = "yufang.decisions.try_version"
MOST_TRIES = 3
MOST_DRAFTS = 50
STALE = timedelta(seconds=90)
State, Run = DecisionTableVersion.State, TableTrial.State


@action
def open_draft(acting_user: Actor, based_on: int | None, note: str) -> TableVersionRow:
    """A draft that starts as `based_on`, or as the table that stands for the organisation."""
    source = None if based_on is None else DecisionTableVersion.objects.filter(id=based_on).first()
    if based_on is not None and source is None:
        raise not_found()
    xml = source.xml if source is not None else queries.standing(_home(acting_user).path)[1]
    return _new_draft(acting_user, xml, note, source)


@action
def import_draft(acting_user: Actor, data: bytes, note: str) -> TableVersionRow:
    """A draft from a DMN file. What the checks find wrong stays in the draft; what can't be read is refused."""
    return _new_draft(acting_user, documents.write(documents.read(data)), note, None)


def _new_draft(acting_user: Actor, xml: str, note: str, source: DecisionTableVersion | None) -> TableVersionRow:
    home = _home(acting_user)
    _one_at_a_time(home)
    own = DecisionTableVersion.objects.filter(organisation=home, kind=TIERS)
    if own.filter(state=State.DRAFT).count() >= MOST_DRAFTS:
        raise Refused(
            409,
            "too_many_drafts",
            f"草稿已有 {MOST_DRAFTS} 份，请先删去不用的。",
            f"There are {MOST_DRAFTS} drafts; put away those that are not needed.",
        )
    now = timezone.now()
    version = DecisionTableVersion.objects.create(
        organisation=home,
        path=home.path,
        kind=TIERS,
        number=(own.aggregate(most=Max("number"))["most"] or 0) + 1,
        note=note,
        xml=xml,
        sha256=documents.sha256(xml),
        based_on=source,
        author_id=acting_user.person_id,
        made_at=now,
        saved_at=now,
    )
    _leaf(acting_user, "drafted", version, {"based_on": source.pk if source else None})
    _tell(version)
    return queries.row(acting_user, version)


@action
def save_draft(
    acting_user: Actor, version_id: int, before: str, grid: DecisionDocumentIn, note: str
) -> TableVersionRow:
    """Write a draft anew. `before` is the hash that was edited: if another person saved meanwhile, nothing is lost."""
    version = _draft(acting_user, version_id)
    if version.sha256 != before:
        raise Refused(
            409,
            "edited_meanwhile",
            "他人已保存过这份草稿。您的修改仍在页面上：可先导出，再刷新后合并。",
            "Someone saved this draft meanwhile. Your changes are still on the page: export them, reload, and merge.",
        )
    xml = documents.write(documents.from_grid(documents.read(version.xml), grid))
    if xml == version.xml and note == version.note:
        return queries.row(acting_user, version)
    version.xml, version.sha256, version.note = xml, documents.sha256(xml), note
    version.author_id, version.saved_at = acting_user.person_id, timezone.now()
    version.save(update_fields=["xml", "sha256", "note", "author", "saved_at"])
    _leaf(acting_user, "saved", version, {})
    _tell(version)
    return queries.row(acting_user, version)


@action
def put_away(acting_user: Actor, version_id: int) -> TableVersionRow:
    """Retire a draft that is not needed; it stays readable."""
    version = _draft(acting_user, version_id)
    if version.trials.filter(state__in=(Run.QUEUED, Run.RUNNING)).exists():
        raise Refused(409, "on_trial", "草稿正在试算，请等它结束。", "The draft is being tried; wait until that ends.")
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    _leaf(acting_user, "put_away", version, {})
    _tell(version)
    return queries.row(acting_user, version)


@action
def ask_trial(acting_user: Actor, version_id: int) -> TableTrialOut:
    """Have a draft tried on the last 90 days in the background."""
    version = _draft(acting_user, version_id)
    _refuse_faults(version)
    if version.trials.filter(state__in=(Run.QUEUED, Run.RUNNING)).exists():
        raise Refused(
            409, "on_trial", "这份草稿正在试算，请等它结束。", "This draft is being tried; wait until that ends."
        )
    against, xml = queries.standing(version.path)
    until = today()
    trial = TableTrial.objects.create(
        path=version.path,
        version=version,
        sha256=version.sha256,
        against=against,
        against_sha256=documents.sha256(xml),
        since=until - timedelta(days=DAYS),
        until=until,
        asked_by_id=acting_user.person_id,
        asked_at=timezone.now(),
    )
    _leaf(acting_user, "trial_asked", version, {"trial": trial.pk})
    app.configure_task(TRY).defer(trial_id=trial.pk, path=trial.path)
    _tell(version)
    return queries.trial_out(trial)


@action
def claim(acting_user: Actor, trial_id: int) -> tuple[Job, list[list[int]]] | None:
    """Take a trial on: the tables and the enterprises in batches. None: it is finished, or another worker is at it."""
    from yufang.server.decisions import history
    from yufang.server.decisions.trials import Job

    trial = TableTrial.objects.select_for_update().filter(id=trial_id).first()
    if trial is None or trial.state in (Run.DONE, Run.FAILED):
        return None
    now = timezone.now()
    if trial.state == Run.RUNNING and trial.beat_at is not None and now - trial.beat_at < STALE:
        return None
    if trial.tries >= MOST_TRIES:
        _end(
            trial,
            f"试算中断了 {trial.tries} 次，已停止；请检查服务器内存后重新试算。",
            f"The trial was cut off {trial.tries} times and has stopped; check the server's memory and try again.",
        )
        return None
    version = trial.version
    xml = queries.standing(trial.path)[1]
    if (version.sha256, documents.sha256(xml)) != (trial.sha256, trial.against_sha256):
        _end(
            trial,
            "试算开始前表已改动；请按现在的内容重新试算。",
            "The table was changed before the trial began; try it again as it is now.",
        )
        return None
    without, floor = queries.around(version.organisation)
    batches = history.enterprises(trial.path, without)
    trial.state, trial.beat_at, trial.tries = Run.RUNNING, now, trial.tries + 1
    trial.done, trial.total = 0, len(batches) + 1
    trial.save(update_fields=["state", "beat_at", "tries", "done", "total"])
    _tell(version)
    job = Job(
        path=trial.path,
        since=trial.since,
        until=trial.until,
        before=queries.tier_table(trial.against_sha256, xml),
        after=queries.tier_table(version.sha256, version.xml),
        without=without,
        floor=floor,
    )
    return job, batches


@action
def beat(acting_user: Actor, trial_id: int, done: int) -> None:
    """Say how far a trial is, and that its worker lives."""
    trial = TableTrial.objects.select_related("version").get(id=trial_id)
    trial.done, trial.beat_at = done, timezone.now()
    trial.save(update_fields=["done", "beat_at"])
    _tell(trial.version)


@action
def keep_trial(acting_user: Actor, trial_id: int, result: dict[str, Any]) -> None:
    """Keep what a trial found; the second time nothing."""
    trial = TableTrial.objects.select_for_update().get(id=trial_id)
    if trial.state != Run.RUNNING:
        return
    trial.state, trial.done, trial.finished_at, trial.result = Run.DONE, trial.total, timezone.now(), result
    trial.save(update_fields=["state", "done", "finished_at", "result"])
    ledger.append(
        acting_user,
        trial.path,
        "decisions.tried",
        f"table_version:{trial.version_id}",
        {
            "trial": trial.pk,
            "sha256": trial.sha256,
            "against_sha256": trial.against_sha256,
            "before": sum(result["before"].values()),
            "after": sum(result["after"].values()),
        },
    )
    _tell(trial.version)


@action
def fail(acting_user: Actor, trial_id: int, zh: str, en: str) -> None:
    """Close a trial that can't succeed, with the reason and the way out."""
    _end(TableTrial.objects.select_for_update().get(id=trial_id), zh, en)


def _end(trial: TableTrial, zh: str, en: str) -> None:
    trial.state, trial.problem_zh, trial.problem_en, trial.finished_at = Run.FAILED, zh, en, timezone.now()
    trial.save(update_fields=["state", "problem_zh", "problem_en", "finished_at"])
    _tell(trial.version)


@action
def take_up_again(acting_user: Actor) -> int:
    """Queue anew the trials that a stopped worker left."""
    from django.db import transaction

    before = timezone.now() - STALE
    still = Q(state=Run.RUNNING, beat_at__lt=before) | Q(state=Run.QUEUED, asked_at__lt=before)
    queued = 0
    for trial in TableTrial.objects.filter(still):
        try:
            with transaction.atomic():  # a queue that refuses must not end the whole transaction
                lock = f"try:{trial.pk}"
                app.configure_task(TRY, queueing_lock=lock).defer(trial_id=trial.pk, path=trial.path)
            queued += 1
        except AlreadyEnqueued:
            continue
    return queued


@action
def publish(acting_user: Actor, version_id: int, reason: str) -> TableVersionRow:
    """Put a draft to work. It must have been tried exactly as it is, beside the table that is at work now."""
    version = _draft(acting_user, version_id)
    _one_at_a_time(version.organisation)
    _refuse_faults(version)
    trial = queries.exact_trial(version)
    if trial is None:
        raise Refused(
            409,
            "untried",
            "这一版还没有按现在的内容试算过；请先在近90天数据上试算，看过结果再发布。",
            "This version has not been tried as it is now; try it on the last 90 days, look at what it does, "
            "then publish.",
        )
    below = (trial.result or {}).get("below", 0)
    if below:
        raise Refused(
            409,
            "below_region",
            f"本单位的表不能低于主管部门的表：试算中有 {below} 项的级别更低或不再预警。请收紧后重新试算。",
            f"Your own table may not ask less than the authority's: in the trial {below} subjects get a lower tier or "
            "none. Tighten it and try again.",
        )
    _put_to_work(acting_user, version.organisation, version, TableChange.Kind.PUBLISHED, trial, reason)
    return queries.row(acting_user, version)


@action
def roll_back(acting_user: Actor, reason: str) -> TableVersionRow | None:
    """Return to the version that was at work before; None where that is what stands above, or what ships."""
    home = _home(acting_user)
    _one_at_a_time(home)
    pile = queries.pile(home.pk)
    if not pile:
        raise Refused(
            409,
            "nothing_before",
            "没有发布过自己的表，没有可以退回的版本。",
            "No table of your own was published; there is nothing to return from.",
        )
    target = pile[-2] if len(pile) > 1 else None
    _put_to_work(acting_user, home, target, TableChange.Kind.ROLLED_BACK, None, reason)
    return None if target is None else queries.row(acting_user, target)


def _put_to_work(
    acting_user: Actor,
    home: Organisation,
    version: DecisionTableVersion | None,
    kind: TableChange.Kind,
    trial: TableTrial | None,
    reason: str,
) -> None:
    now = timezone.now()
    previous = DecisionTableVersion.objects.filter(organisation=home, kind=TIERS, state=State.PUBLISHED).first()
    if previous is not None:
        previous.state = State.RETIRED
        previous.save(update_fields=["state"])
    if version is not None:
        version.state, version.published_at = State.PUBLISHED, now
        version.save(update_fields=["state", "published_at"])
    index = ledger.append(
        acting_user,
        home.path,
        f"decisions.{kind}",
        f"table_version:{version.pk if version else 0}",
        change_facts(version, previous, trial, reason),
    )
    TableChange.objects.create(
        organisation=home,
        path=home.path,
        table_kind=TIERS,
        kind=kind,
        version=version,
        previous=previous,
        trial=trial,
        reason=reason,
        by_id=acting_user.person_id,
        at=now,
        ledger_index=index,
    )
    told = version or previous
    if told is not None:
        _tell(told)


def change_facts(
    version: DecisionTableVersion | None,
    previous: DecisionTableVersion | None,
    trial: TableTrial | None,
    reason: str,
) -> dict[str, str | int | None]:
    """What the ledger keeps of a publication or a return."""
    return {
        "sha256": version.sha256 if version else None,
        "number": version.number if version else None,
        "previous": previous.sha256 if previous else None,
        "trial": trial.pk if trial else None,
        "note_sha256": hashlib.sha256(reason.encode()).hexdigest(),
    }


def _home(acting_user: Actor) -> Organisation:
    """The organisation whose tables the person writes: the enterprise, or the region."""
    found = Organisation.objects.filter(path=acting_user.scope).first()
    if found is None:
        raise not_found()
    return found


def _draft(acting_user: Actor, version_id: int) -> DecisionTableVersion:
    version = DecisionTableVersion.objects.select_for_update(of=("self",)).filter(id=version_id).first()
    if version is None:
        raise not_found()
    if version.path != acting_user.scope:
        raise Refused(
            409,
            "not_own",
            "这张表属于其他组织，只能查看；请在自己的组织下另建草稿。",
            "This table belongs to another organisation and can only be read; open a draft of your own.",
        )
    if version.state != State.DRAFT:
        raise Refused(
            409,
            "not_a_draft",
            "这一版已不是草稿，不能再改；请以它为基础新建草稿。",
            "This version is no draft any more and stays as it is; open a draft based on it.",
        )
    return version


def _refuse_faults(version: DecisionTableVersion) -> None:
    fault = next((f for f in queries.findings(version.sha256, version.xml) if f.gravity == "error"), None)
    if fault is not None:
        raise Refused(422, "bad_table", fault.message_zh, fault.message_en, fault.column or None)


def _one_at_a_time(home: Organisation) -> None:
    """Numbers and publications of one organisation happen one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('yufang.decisions'), %s)", [home.pk])


def _leaf(acting_user: Actor, what: str, version: DecisionTableVersion, more: dict[str, Any]) -> None:
    facts = {"number": version.number, "sha256": version.sha256} | more
    ledger.append(acting_user, version.path, f"decisions.{what}", f"table_version:{version.pk}", facts)


def _tell(version: DecisionTableVersion) -> None:
    own = version.organisation.kind == Organisation.Kind.ENTERPRISE
    emit(DecisionsChanged(id=version.pk, enterprise_id=version.organisation_id if own else 0, path=version.path))

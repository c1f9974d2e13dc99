"""The only code that writes trainings, versions of models and who put them to work."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yufang.server.accounts.models import Organisation
from yufang.server.cases import queries as cases
from yufang.server.cases import recoding
from yufang.server.errors import Refused, not_found
from yufang.server.governance import files, queries
from yufang.server.governance.contracts import RunOut, VersionRow
from yufang.server.governance.models import ModelChange, ModelVersion, TrainingRun
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import ModelChanged, emit
from yufang.server.names import FACETS, facet_names
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.cases.coder import Coder

TRAIN = "yufang.governance.train"
RECODE = "yufang.governance.recode"
STEPS = 6  # of `yufang.cases.retraining.STEPS`
WANTED_ACCURACY = 0.95
MOST_PENDING = 2_000
MOST_TRIES = 3
STALE = timedelta(seconds=45)
State = TrainingRun.State


@action
def ask_training(acting_user: Actor, facet: str) -> RunOut:
    """Have a coder trained from what people decided. Refused while one is being trained, or with too few cases."""
    if facet not in FACETS:
        raise not_found()
    zh, en = facet_names(facet)
    if TrainingRun.objects.filter(
        path=acting_user.scope, facet=facet, state__in=(State.QUEUED, State.RUNNING)
    ).exists():
        raise Refused(
            409,
            "already_training",
            f"“{zh}”正在训练，请等它结束。",
            f"{en} is being trained already; wait until that ends.",
        )
    ready = queries.readiness_of(acting_user, facet)
    if ready.more:
        raise Refused(
            409,
            "too_few",
            f"“{zh}”可用于训练的案例 {ready.training} 条、金标准 {ready.gold} 条，还需约 {ready.more} 条人工决定。",
            f"{en} has {ready.training} cases to learn from and {ready.gold} in the gold set; "
            f"decide about {ready.more} more.",
        )
    run = TrainingRun.objects.create(
        path=acting_user.scope,
        facet=facet,
        total=STEPS,
        asked_by_id=acting_user.person_id,
        asked_at=timezone.now(),
    )
    ledger.append(acting_user, run.path, "models.training_asked", f"training:{run.pk}", {"facet": facet})
    app.configure_task(TRAIN).defer(run_id=run.pk, path=run.path)
    _tell(run.path, run.pk)
    return queries.run_out(run)


@action
def claim(acting_user: Actor, run_id: int) -> dict[str, Any] | None:
    """Take a run on: what the fitting process needs. None where it is finished, or another worker is at it."""
    run = TrainingRun.objects.select_for_update().filter(id=run_id).first()
    if run is None or run.state in (State.DONE, State.FAILED):
        return None
    if run.state == State.RUNNING and run.beat_at is not None and timezone.now() - run.beat_at < STALE:
        return None
    if run.tries >= MOST_TRIES:
        _fail(
            run,
            f"训练中断了 {run.tries} 次，已停止；现用模型不受影响。请检查服务器内存后重新训练。",
            f"The training was cut off {run.tries} times and has stopped; the active model stands. "
            "Check the server's memory, then train again.",
        )
        return None
    run.state, run.beat_at, run.tries = State.RUNNING, timezone.now(), run.tries + 1
    run.step, run.done = "rows", 0
    run.save(update_fields=["state", "beat_at", "tries", "step", "done"])
    _tell(run.path, run.pk)
    lessons = [
        (key, text, code, origin, day.isoformat() if day else None)
        for key, text, day, _, code, origin in cases.lessons(run.facet)
    ]
    return {
        "facet": run.facet,
        "lessons": lessons,
        "pending": cases.pending(run.facet, MOST_PENDING),
        "wanted": WANTED_ACCURACY,
    }


@action
def beat(acting_user: Actor, run_id: int, step: str, done: int) -> None:
    """Say how far a run is, and that its worker lives."""
    run = TrainingRun.objects.get(id=run_id)
    moved = (run.step, run.done) != (step, done)
    run.step, run.done, run.beat_at = step, done, timezone.now()
    run.save(update_fields=["step", "done", "beat_at"])
    if moved:
        _tell(run.path, run.pk)


@action
def keep_version(acting_user: Actor, run_id: int, arrays: Path, result: dict[str, Any]) -> None:
    """Keep what a training made: files first, then the row, so that a row never names a file that isn't there."""
    run = TrainingRun.objects.select_for_update().get(id=run_id)
    card = result["card"]
    files.adopt(arrays, card["version"], result["answers"])
    version, new = ModelVersion.objects.get_or_create(
        path=run.path,
        version=card["version"],
        defaults={"facet": run.facet, "origin": "desk", "card": card, "run": run, "made_at": timezone.now()},
    )
    if new:
        ledger.append(
            acting_user,
            run.path,
            "models.trained",
            f"model:{version.version}",
            {"facet": run.facet, "rows": card["rows"], "data_sha256": card["data_sha256"]},
        )
    homes = cases.case_homes(row["key"] for row in result["suspects"])
    found = [
        row | {"case_id": homes[row["key"]][0], "path": homes[row["key"]][1]}
        for row in result["suspects"]
        if row["key"] in homes
    ]
    recoding.keep_suspects(acting_user, run.facet, version.version, found)
    run.state, run.step, run.done, run.finished_at = State.DONE, "", run.total, timezone.now()
    run.made = version
    run.save(update_fields=["state", "step", "done", "finished_at", "made"])
    _tell(run.path, run.pk)


@action
def fail(acting_user: Actor, run_id: int, zh: str, en: str) -> None:
    """Close a run that can't succeed, with the reason and the way out."""
    _fail(TrainingRun.objects.select_for_update().get(id=run_id), zh, en)


def _fail(run: TrainingRun, zh: str, en: str) -> None:
    run.state, run.problem_zh, run.problem_en, run.finished_at = State.FAILED, zh, en, timezone.now()
    run.save(update_fields=["state", "problem_zh", "problem_en", "finished_at"])
    _tell(run.path, run.pk)


@action
def take_up_again(acting_user: Actor) -> int:
    """Queue anew what a stopped worker left: trainings that stand still, codings that did not end."""
    before = timezone.now() - STALE
    still = Q(state=State.RUNNING, beat_at__lt=before) | Q(state=State.QUEUED, asked_at__lt=before)
    jobs = [(TRAIN, f"train:{r.pk}", {"run_id": r.pk, "path": r.path}) for r in TrainingRun.objects.filter(still)]
    jobs += [
        (RECODE, f"recode:{v.pk}", {"version_id": v.pk, "path": v.path})
        for v in ModelVersion.objects.filter(state=ModelVersion.State.ACTIVE, recoding=True)
    ]
    queued = 0
    for name, lock, arguments in jobs:
        try:
            with _savepoint():
                app.configure_task(name, queueing_lock=lock).defer(**arguments)
            queued += 1
        except AlreadyEnqueued:
            continue
    return queued


def _savepoint() -> Any:
    from django.db import transaction

    return transaction.atomic()  # a queue that refuses must not end the whole transaction


@action
def promote(acting_user: Actor, version_id: int, reason: str) -> VersionRow:
    """Put a version to work: open cases are coded anew in the background, decided codes stay."""
    version = ModelVersion.objects.select_for_update().filter(id=version_id).first()
    if version is None:
        raise not_found()
    if version.state == ModelVersion.State.ACTIVE:
        raise Refused(
            409,
            "already_active",
            "这个版本正在使用，无需再次启用。",
            "This version is at work already; there is nothing to do.",
        )
    return _put_to_work(acting_user, version, ModelChange.Kind.PROMOTED, reason)


@action
def roll_back(acting_user: Actor, facet: str, reason: str) -> VersionRow:
    """Return to the version that was at work before the active one."""
    target = queries.version_before(acting_user.scope, facet)
    if target is None:
        raise Refused(
            409,
            "nothing_before",
            "没有更早启用过的版本可以退回。",
            "No earlier version was at work that one could return to.",
        )
    locked = ModelVersion.objects.select_for_update().get(id=target.pk)
    return _put_to_work(acting_user, locked, ModelChange.Kind.ROLLED_BACK, reason)


def _put_to_work(acting_user: Actor, version: ModelVersion, kind: ModelChange.Kind, reason: str) -> VersionRow:
    if files.coder(version.version) is None:
        raise Refused(
            409,
            "file_missing",
            "这个版本的模型文件缺失或无法读取，请重新训练，或从备份恢复 models 文件夹。",
            "The version's file is missing or can't be read; train again, or restore the folder models from a backup.",
        )
    active = ModelVersion.objects.select_for_update().filter(
        path=version.path, facet=version.facet, state=ModelVersion.State.ACTIVE
    )
    previous = active.first()
    if previous is not None:
        previous.state, previous.recoding = ModelVersion.State.RETIRED, False
        previous.save(update_fields=["state", "recoding"])
    version.state, version.recoding = ModelVersion.State.ACTIVE, True
    version.save(update_fields=["state", "recoding"])
    facts = change_facts(version, previous, reason)
    index = ledger.append(acting_user, version.path, f"models.{kind}", f"model:{version.version}", facts)
    ModelChange.objects.create(
        path=version.path,
        kind=kind,
        model=version,
        previous=previous,
        reason=reason,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    app.configure_task(RECODE).defer(version_id=version.pk, path=version.path)
    _tell(version.path, version.pk)
    return queries.version_row(version)


def change_facts(version: ModelVersion, previous: ModelVersion | None, reason: str) -> dict[str, str | None]:
    """What the ledger keeps of a promotion or a return."""
    return {
        "facet": version.facet,
        "version": version.version,
        "previous": previous.version if previous else None,
        "note_sha256": hashlib.sha256(reason.encode()).hexdigest(),
    }


@action
def recode_batch(acting_user: Actor, version_id: int, coder: Coder) -> int | None:
    """Code the next open cases anew by the version; returns how many, None where another one is at work meanwhile.

    The version is held: who puts another one to work waits for this batch, which otherwise could end after theirs.
    """
    version = ModelVersion.objects.select_for_update().filter(id=version_id, state=ModelVersion.State.ACTIVE).first()
    return None if version is None else recoding.recode_batch(acting_user, version.facet, coder)


@action
def end_recoding(acting_user: Actor, version_id: int) -> None:
    """The open cases carry the version's suggestions now."""
    version = ModelVersion.objects.select_for_update().get(id=version_id)
    if version.recoding:
        version.recoding = False
        version.save(update_fields=["recoding"])
        recoding.finish_recoding(acting_user, version.facet, version.version)
        _tell(version.path, version.pk)


@action
def adopt_run_models(acting_user: Actor, region: Organisation, folder: Path) -> None:
    """Take over the coders of an analysis run. One that was promoted here stays at work, and codes its cases anew."""
    from yufang.cases.errors import CoderError
    from yufang.cases.store import load_coder

    for facet in cases.facets_in_use():
        arrays = folder / f"{facet}.npz"
        if not arrays.exists():
            continue
        try:
            coder = load_coder(arrays)
        except CoderError:
            continue  # from another version of the program: its suggestions stand, it can't code anew
        files.adopt(arrays, coder.version, None)
        known = ModelVersion.objects.filter(path=region.path, version=coder.version).first()
        active = ModelVersion.objects.filter(path=region.path, facet=facet, state=ModelVersion.State.ACTIVE).first()
        if active is not None and ModelChange.objects.filter(model=active).exists():
            if active.version != coder.version and not active.recoding:
                active.recoding = True
                active.save(update_fields=["recoding"])
                app.configure_task(RECODE).defer(version_id=active.pk, path=active.path)
        elif active is not None and active != known:
            active.state = ModelVersion.State.RETIRED
            active.save(update_fields=["state"])
            active = None
        if known is None:
            card = {
                "facet": facet,
                "version": coder.version,
                "rows": coder.report.rows,
                "codes": coder.report.classes,
                "report": queries.report_of(coder),
            }
            known = ModelVersion.objects.create(
                path=region.path,
                facet=facet,
                version=coder.version,
                origin="run",
                card=card,
                made_at=timezone.now(),
            )
            facts = {"facet": facet, "rows": coder.report.rows}
            ledger.append(acting_user, region.path, "models.adopted", f"model:{coder.version}", facts)
        if active is None:
            known.state = ModelVersion.State.ACTIVE
            known.save(update_fields=["state"])


def _tell(path: str, number: int) -> None:
    emit(ModelChanged(id=number, enterprise_id=0, path=path))

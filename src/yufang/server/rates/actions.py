"""The only code that writes insured years, rule tables, simulations, proposals and decisions on them."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yufang.server import bulk
from yufang.server.accounts.models import Organisation
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.live.events import RatesChanged, emit
from yufang.server.rates import queries
from yufang.server.rates.contracts import LoadedOut, ProposalDetail, RateRunOut, TableOut
from yufang.server.rates.models import InsuredYear, RateDecision, RateProposal, RateRun, RateTable, RefusedInsured
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.rates import InsuredTable, RateError, Simulation

SIMULATE = "yufang.rates.simulate"
MOST_TRIES = 3
STALE = timedelta(seconds=90)
State, Proposed = RateRun.State, RateProposal.State

_INSURED = {
    "owner": "text",
    "year": "int",
    "payroll": "float8",
    "benefits": "float8",
    "injuries": "int",
    "deaths": "int",
    "diseases": "int",
    "grade": "int",
}


def _as_refused(error: RateError) -> Refused:
    message_zh, message_en = f"{error.zh[0]}。{error.zh[1]}。", f"{error.message}; {error.way_out}."
    return Refused(422, "invalid", message_zh, message_en, error.field or None)


@action
def load_insured(acting_user: Actor, region: Organisation, table: InsuredTable, file: str) -> LoadedOut:
    """Take over a file's rows: a year that is there already is replaced, a refused row is kept with its reason.

    The same content again changes nothing.
    """
    columns = list(_INSURED)
    rows = sorted(
        (r.enterprise_id, r.year, r.payroll, r.benefits, r.injuries, r.deaths, r.diseases, r.grade) for r in table.rows
    )
    staged = bulk.stage(_INSURED, rows, after=repr(table.refused))
    out = LoadedOut(taken=len(rows), refused=len(table.refused))
    if newest_content("rates.insured_loaded", region.path) == staged.content:
        return out
    bulk.name_owners(region.pk)
    bulk.run(
        f"""
        INSERT INTO rates_insuredyear (organisation_id, path, {", ".join(columns)})
        SELECT o.id, coalesce(o.path, %(path)s), {", ".join("s." + name for name in columns)}
        FROM stage s LEFT JOIN owners o ON o.key = s.owner
        ON CONFLICT (owner, year) DO UPDATE SET organisation_id = excluded.organisation_id, path = excluded.path,
            {", ".join(f"{name} = excluded.{name}" for name in columns[2:])}
        """,
        {"path": region.path},
    )
    RefusedInsured.objects.filter(path=region.path, file=file).delete()
    RefusedInsured.objects.bulk_create(
        RefusedInsured(
            path=region.path,
            file=file,
            row=r.row,
            field=r.field,
            value=bulk.clean(r.value)[:2000],
            reason_zh=r.reason_zh,
            reason_en=r.reason_en,
            raw={key: bulk.clean(value)[:2000] for key, value in r.raw.items()},
            at=timezone.now(),
        )
        for r in table.refused
    )
    ledger.append_load(acting_user, region.path, "rates.insured_loaded", staged.rows, staged.content)
    _tell(region.path, 0)
    return out


def insured_in(folder: Path) -> list[tuple[str, InsuredTable]]:
    """The `insurance.*` files that a run's folder may hold beside the lake. Raises ValueError where one can't be
    read."""
    from yufang.rates import read_insured

    return [(path.name, read_insured(path)) for path in sorted(folder.glob("insurance.*"))]


def load_insured_text(acting_user: Actor, name: str, text: str) -> LoadedOut:
    """Take over an uploaded CSV. Refused as a whole where its headings don't fit."""
    import tempfile

    from yufang.rates import RateError, read_insured

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (Path(name).stem[:80] + ".csv")
        path.write_text(text, encoding="utf-8")
        try:
            table = read_insured(path)
        except RateError as error:
            raise _as_refused(error) from error
    return load_insured(acting_user, _region(acting_user), table, name[:200])


def _region(acting_user: Actor) -> Organisation:
    from yufang.server.scope import scoped

    with scoped(acting_user):
        found = Organisation.objects.filter(kind=Organisation.Kind.REGULATOR).order_by("path").first()
    if found is None:
        raise not_found()
    return found


@action
def add_table(acting_user: Actor, text: str) -> TableOut:
    """Keep a pooling area's own rule table. Refused with the place, the value and the rule where it is not one."""
    from yufang.rates import RateError, read_table

    try:
        table = read_table(text)
    except RateError as error:
        raise _as_refused(error) from error
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    kept, new = RateTable.objects.get_or_create(
        path=acting_user.scope,
        sha256=sha256,
        defaults={
            "key": table.key[:80],
            "name_zh": table.name_zh[:200],
            "name_en": table.name_en[:200],
            "effective_from": table.effective_from,
            "text": text,
            "by_id": acting_user.person_id,
            "at": timezone.now(),
        },
    )
    if new:
        facts = {"key": kept.key, "sha256": sha256}
        ledger.append(acting_user, kept.path, "rates.table_added", f"rate_table:{kept.pk}", facts)
        _tell(kept.path, 0)
    return queries.table_out(kept)


@action
def ask_simulation(
    acting_user: Actor, table_id: int | None, year: int | None, income_change: float | None
) -> RateRunOut:
    """Have the pool simulated in the background. Refused while one runs, or with nothing on record."""
    if RateRun.objects.filter(state__in=(State.QUEUED, State.RUNNING)).exists():
        raise Refused(
            409,
            "already_simulating",
            "正在测算，请等它结束。",
            "A simulation is running; wait until it ends.",
        )
    if not InsuredYear.objects.exists():
        raise Refused(
            409,
            "nothing_insured",
            "还没有缴费与支付记录，请先上传。",
            "No payroll and benefits are on record; load them first.",
        )
    table = RateTable.objects.filter(id=table_id).first() if table_id is not None else None
    if table_id is not None and table is None:
        raise not_found()
    run = RateRun.objects.create(
        path=acting_user.scope,
        year=year,
        table=table,
        income_change=income_change,
        asked_by_id=acting_user.person_id,
        asked_at=timezone.now(),
    )
    facts = {"table": table.sha256 if table else None, "income_change": income_change, "year": year}
    ledger.append(acting_user, run.path, "rates.simulation_asked", f"rate_run:{run.pk}", facts)
    app.configure_task(SIMULATE).defer(run_id=run.pk, path=run.path)
    _tell(run.path, run.pk)
    return queries.run_out(run)


@action
def claim(acting_user: Actor, run_id: int) -> dict[str, Any] | None:
    """Take a simulation on: what it needs. None where it is finished, or another worker is at it."""
    run = RateRun.objects.select_for_update(of=("self",)).select_related("table").filter(id=run_id).first()
    if run is None or run.state in (State.DONE, State.FAILED):
        return None
    if run.state == State.RUNNING and run.beat_at is not None and timezone.now() - run.beat_at < STALE:
        return None
    if run.tries >= MOST_TRIES:
        zh = f"测算中断了 {run.tries} 次，已停止；已有提案不受影响。请检查服务器内存后重新测算。"
        en = f"The simulation was cut off {run.tries} times and has stopped; check the memory, then run it again."
        _fail(run, zh, en)
        return None
    run.state, run.beat_at, run.tries, run.done = State.RUNNING, timezone.now(), run.tries + 1, 0
    run.save(update_fields=["state", "beat_at", "tries", "done"])
    _tell(run.path, run.pk)
    enterprises, rows = queries.pool()
    return {
        "enterprises": enterprises,
        "rows": rows,
        "table": queries.rule_table(run.table),
        "year": run.year,
        "income_change": run.income_change,
    }


@action
def beat(acting_user: Actor, run_id: int, done: int, total: int) -> None:
    """Say how far a simulation is, and that its worker lives."""
    RateRun.objects.filter(id=run_id).update(done=done, total=total, beat_at=timezone.now())
    _tell(acting_user.scope, run_id)


_PROPOSAL = {
    "owner": "text",
    "rate_class": "int",
    "move": "int",
    "premium_now": "float8",
    "premium_proposed": "float8",
    "change": "float8",
    "experience": "float8",
    "body": "jsonb",
    "state": "text",
}


@action
def keep_simulation(acting_user: Actor, run_id: int, found: Simulation) -> None:
    """Keep what a simulation said, with one proposal for each enterprise."""
    run = RateRun.objects.select_for_update().get(id=run_id)
    if run.state != State.RUNNING:
        return
    staged = bulk.stage(
        _PROPOSAL,
        (
            (
                p.enterprise_id,
                p.rate_class,
                p.proposed_grade - p.current_grade,
                p.premium_now,
                p.premium_proposed,
                p.proposed_rate_pct / p.current_rate_pct - 1 if p.current_rate_pct > 0 else 0.0,
                p.experience,
                bulk.as_json(asdict(p)),
                str(Proposed.UNRATED if p.problem_zh else Proposed.PROPOSED),
            )
            for p in found.proposals
        ),
    )
    place = Organisation.objects.get(path=run.path)
    bulk.name_owners(place.pk)
    bulk.run(
        f"""
        INSERT INTO rates_rateproposal (run_id, organisation_id, path, name, {", ".join(_PROPOSAL)})
        SELECT %(run)s, o.id, coalesce(o.path, %(path)s), coalesce(left(o.name, 200), left(s.owner, 200)),
            {", ".join("s." + name for name in _PROPOSAL)}
        FROM stage s LEFT JOIN owners o ON o.key = s.owner
        """,
        {"run": run.pk, "path": run.path},
    )
    result = {name: value for name, value in asdict(found).items() if name != "proposals"}
    run.state, run.finished_at, run.result, run.year = State.DONE, timezone.now(), result, found.year
    run.done = run.total
    run.save(update_fields=["state", "finished_at", "result", "year", "done"])
    facts = {"rows": staged.rows, "content_sha256": staged.content}
    ledger.append(acting_user, run.path, "rates.simulated", f"rate_run:{run.pk}", facts)
    _tell(run.path, run.pk)


@action
def fail(acting_user: Actor, run_id: int, zh: str, en: str) -> None:
    """Close a simulation that can't succeed, with the reason and the way out."""
    _fail(RateRun.objects.select_for_update().get(id=run_id), zh, en)


def _fail(run: RateRun, zh: str, en: str) -> None:
    run.state, run.problem_zh, run.problem_en, run.finished_at = State.FAILED, zh, en, timezone.now()
    run.save(update_fields=["state", "problem_zh", "problem_en", "finished_at"])
    _tell(run.path, run.pk)


@action
def take_up_again(acting_user: Actor) -> int:
    """Queue anew what a stopped worker left."""
    before = timezone.now() - STALE
    still = Q(state=State.RUNNING, beat_at__lt=before) | Q(state=State.QUEUED, asked_at__lt=before)
    queued = 0
    for run in RateRun.objects.filter(still):
        try:
            with _savepoint():
                app.configure_task(SIMULATE, queueing_lock=f"rates:{run.pk}").defer(run_id=run.pk, path=run.path)
            queued += 1
        except AlreadyEnqueued:
            continue
    return queued


def _savepoint() -> Any:
    from django.db import transaction

    return transaction.atomic()  # a queue that refuses must not end the whole transaction


@action
def decide(acting_user: Actor, proposal_id: int, kind: str, reason: str) -> ProposalDetail:
    """Approve a proposal, or return it with a reason. A returned one may be approved later; an approved one stands."""
    proposal = RateProposal.objects.select_for_update().filter(id=proposal_id).first()
    if proposal is None:
        raise not_found()
    if proposal.state == Proposed.UNRATED:
        raise Refused(
            409,
            "unrated",
            f"这家企业还没有费率提案：{proposal.body['problem_zh']}",
            f"There is no rate to decide on yet: {proposal.body['problem_en']}",
        )
    if proposal.state == Proposed.APPROVED or proposal.state == kind:
        raise Refused(
            409,
            "already_decided",
            "这项提案已有决定，页面已更新为最新状态。如需改变已批准的费率，请重新测算。",
            "This proposal was decided already. To change an approved rate, run a new simulation.",
        )
    newer = RateProposal.objects.filter(owner=proposal.owner, run_id__gt=proposal.run_id).exists()
    if newer:
        raise Refused(
            409,
            "superseded",
            "此后又做过新的测算，请在最新一次测算中决定。",
            "A newer simulation stands; decide on its proposal.",
        )
    if kind == RateDecision.Kind.RETURNED and not reason.strip():
        raise Refused(422, "no_reason", "退回须写明理由。", "Say why it is returned.", "reason")
    index = ledger.append(
        acting_user, proposal.path, f"rates.{kind}", f"rate_proposal:{proposal.pk}", facts(proposal, kind, reason)
    )
    RateDecision.objects.create(
        path=proposal.path,
        proposal=proposal,
        kind=kind,
        reason=reason,
        by_id=acting_user.person_id,
        at=timezone.now(),
        ledger_index=index,
    )
    proposal.state = kind
    proposal.save(update_fields=["state"])
    _tell(proposal.path, proposal.pk, proposal.organisation_id or 0)
    return queries.proposal(proposal.pk)


def facts(proposal: RateProposal, kind: str, reason: str) -> dict[str, Any]:
    """What the ledger keeps of a decision: the rate that was approved, and the hash of the reason."""
    return {
        "kind": str(kind),
        "year": proposal.body["year"],
        "grade": proposal.body["proposed_grade"],
        "rate_pct": f"{proposal.body['proposed_rate_pct']:.6f}",
        "reason_sha256": hashlib.sha256(reason.encode()).hexdigest(),
    }


def _tell(path: str, number: int, enterprise_id: int = 0) -> None:
    emit(RatesChanged(id=number, enterprise_id=enterprise_id, path=path))

"""What one has oneself, what a safety manager may reward, and what a round said."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.utils import timezone

from yufang.participation import found_by_workers, questionnaire, summarise, table_on
from yufang.participation.assessment import SMALLEST_CELL, UNKNOWN, Questionnaire
from yufang.server.accounts.models import Organisation, Person
from yufang.server.participation import neighbours, queries
from yufang.server.participation.assessments import side_of, token_of
from yufang.server.participation.contracts import (
    AssessedArea,
    AssessedQuestion,
    AssessmentForm,
    AssessmentOut,
    AssessmentResult,
    DueReward,
    FormArea,
    FormQuestion,
    FormScale,
    FoundByWorkers,
    FoundByWorkersMonth,
    OpenAssessment,
    OwnPart,
    OwnReward,
    PointEntryOut,
    RewardDesk,
    RewardOut,
    ThanksOut,
)
from yufang.server.participation.models import (
    AnswerCount,
    AnswerToken,
    AssessmentRound,
    PointEntry,
    Proposal,
    Reward,
    Thanks,
)
from yufang.server.scope import Actor

SHOWN = 100
RESULTS_SHOWN = 8


def _split(subject: str) -> tuple[Literal["hazard", "idea"], int]:
    of, _, number = subject.partition(":")
    return ("idea" if of == "idea" else "hazard"), int(number)


def _titles(subjects: set[str]) -> dict[str, tuple[str, str]]:
    split = [_split(s) for s in subjects]
    found = {f"hazard:{i}": t for i, t in neighbours.titles({n for of, n in split if of == "hazard"}).items()}
    ideas = Proposal.objects.filter(id__in=[n for of, n in split if of == "idea"])
    return found | {f"idea:{i}": (title, title) for i, title in ideas.values_list("id", "title")}


def _rule_names(key: str, day: date) -> tuple[str, str]:
    rule = next((r for r in table_on(day).rules if r.key == key), None)
    return (rule.name_zh, rule.name_en) if rule else (key, key)


def mine(acting_user: Actor) -> OwnPart:
    """One's own points, thanks and rewards, the newest first. Reads the rows of the acting user alone."""
    queries.home(acting_user)
    person = acting_user.person_id
    today = queries.local_today()
    entries = list(PointEntry.objects.filter(person_id=person).order_by("-at", "-id"))
    titles = _titles({e.subject for e in entries[:SHOWN]})
    counting = [e for e in entries if e.withdrawn_at is None]
    return OwnPart(
        points_month=sum(e.points for e in counting if e.month == f"{today:%Y-%m}"),
        points_total=sum(e.points for e in counting),
        opted_out=queries.opted_out(person),
        entries=[_entry(e, titles) for e in entries[:SHOWN]],
        thanks=[
            ThanksOut(text_zh=t.text_zh, text_en=t.text_en, at=t.at)
            for t in Thanks.objects.filter(person_id=person).order_by("-at")[:SHOWN]
        ],
        rewards=[
            OwnReward(
                amount=float(r.amount),
                reason=r.reason,
                state=r.state,
                by=r.by.name,
                by_en=r.by.name_en or r.by.name,
                at=r.at,
            )
            for r in Reward.objects.filter(person_id=person).select_related("by").order_by("-at")[:SHOWN]
        ],
        rules=queries.rules_out(today),
    )


def _entry(e: PointEntry, titles: dict[str, tuple[str, str]]) -> PointEntryOut:
    of, number = _split(e.subject)
    zh, en = titles.get(e.subject, ("", ""))
    rule_zh, rule_en = _rule_names(e.rule, timezone.localtime(e.at).date())
    return PointEntryOut(
        of=of,
        subject_id=number,
        title_zh=zh,
        title_en=en,
        rule_zh=rule_zh,
        rule_en=rule_en,
        points=e.points,
        before_cap=e.before_cap,
        sharers=e.sharers,
        month=e.month,
        at=e.at,
        withdrawn=e.withdrawn_at is not None,
        ledger_index=e.ledger_index,
    )


# ── rewards ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def reward_desk(acting_user: Actor) -> RewardDesk:
    """What waits for a decision, and what was decided. Names are shown also of those who opted out: somebody has to
    know whom to pay."""
    enterprise = queries.home(acting_user)
    rewards = list(
        Reward.objects.filter(organisation=enterprise).select_related("person", "by").order_by("-at", "-id")[:SHOWN]
    )
    due = _due_named(enterprise) + _due_anonymous(enterprise)
    titles = _titles({r.subject for r in rewards} | {d.subject for d in due})
    named = [
        d.model_copy(
            update={"title_zh": titles.get(d.subject, ("", ""))[0], "title_en": titles.get(d.subject, ("", ""))[1]}
        )
        for d in sorted(due, key=lambda d: d.at, reverse=True)
    ]
    return RewardDesk(
        due=named[:SHOWN],
        decided=[_reward(r, titles.get(r.subject, ("", ""))) for r in rewards],
        rules=queries.rules_out(queries.local_today()),
    )


def _due_named(enterprise: Organisation) -> list[DueReward]:
    rewarded = set(
        Reward.objects.filter(organisation=enterprise, person__isnull=False).values_list("subject", "person_id")
    )
    entries = PointEntry.objects.filter(organisation=enterprise, withdrawn_at=None).select_related("person")
    found = []
    for e in entries.order_by("-at")[: 5 * SHOWN]:
        day = timezone.localtime(e.at).date()
        rule = next((r for r in table_on(day).rules if r.key == e.rule), None)
        if rule is None or rule.yuan[1] == 0 or (e.subject, e.person_id) in rewarded:
            continue
        found.append(
            DueReward(
                of=_split(e.subject)[0],
                subject=e.subject,
                title_zh="",
                title_en="",
                person_id=e.person_id,
                report_id=None,
                person=e.person.name,
                person_en=e.person.name_en or e.person.name,
                rule_zh=rule.name_zh,
                rule_en=rule.name_en,
                yuan_low=rule.yuan[0],
                yuan_high=rule.yuan[1],
                at=e.at,
            )
        )
    return found


def _due_anonymous(enterprise: Organisation) -> list[DueReward]:
    rewarded = set(Reward.objects.filter(organisation=enterprise).values_list("report_id", flat=True))
    found = []
    for a in neighbours.anonymous_reports(enterprise.pk):
        rule = table_on(timezone.localtime(a.accepted_at).date()).rule("reported", a.level)
        if rule is None or rule.yuan[1] == 0 or a.report_id in rewarded:
            continue
        found.append(
            DueReward(
                of="hazard",
                subject=f"hazard:{a.hazard_id}",
                title_zh="",
                title_en="",
                person_id=None,
                report_id=a.report_id,
                person="",
                person_en="",
                rule_zh=rule.name_zh,
                rule_en=rule.name_en,
                yuan_low=rule.yuan[0],
                yuan_high=rule.yuan[1],
                at=a.accepted_at,
            )
        )
    return found


def _reward(r: Reward, title: tuple[str, str]) -> RewardOut:
    person: Person | None = r.person
    return RewardOut(
        id=r.pk,
        of=_split(r.subject)[0],
        subject=r.subject,
        title_zh=title[0],
        title_en=title[1],
        person=person.name if person else "",
        person_en=(person.name_en or person.name) if person else "",
        anonymous=person is None,
        amount=float(r.amount),
        reason=r.reason,
        state=r.state,
        claimed=bool(r.claim_hash),
        by=r.by.name,
        by_en=r.by.name_en or r.by.name,
        at=r.at,
        paid_on=r.paid_on,
        ledger_index=r.ledger_index,
    )


# ── self-assessment and the share found by workers ────────────────────────────────────────────────────────────────────


def assessment(acting_user: Actor) -> AssessmentOut:
    """The form as one's side is asked it, the open round, and what closed rounds said."""
    enterprise = queries.home(acting_user)
    form = questionnaire()
    rounds = AssessmentRound.objects.filter(organisation=enterprise)
    now = rounds.filter(closed_at=None).first()
    closed = rounds.exclude(closed_at=None).order_by("-closed_at", "-id")[:RESULTS_SHOWN]
    return AssessmentOut(
        form=_form(acting_user, form),
        open=_open(acting_user, now) if now else None,
        results=[_result(form, r) for r in closed],
        smallest_cell=SMALLEST_CELL,
        manages=acting_user.may(queries.MANAGE),
    )


def _form(acting_user: Actor, form: Questionnaire) -> AssessmentForm:
    side = side_of(acting_user)
    return AssessmentForm(
        urn=form.urn,
        version=form.version,
        side=side,
        unknown=UNKNOWN,
        scale=[FormScale(value=c.value, zh=c.zh, en=c.en) for c in form.scale],
        areas=[
            FormArea(
                key=a.key,
                zh=a.zh,
                en=a.en,
                questions=[
                    FormQuestion(key=q.key, text_zh=getattr(q, side).zh, text_en=getattr(q, side).en)
                    for q in a.questions
                ],
            )
            for a in form.areas
        ],
    )


def _open(acting_user: Actor, round_: AssessmentRound) -> OpenAssessment:
    first = questionnaire().question_keys()[0]
    answered = {"worker": 0, "manager": 0}
    for side, n in AnswerCount.objects.filter(round=round_, question=first).values_list("side", "n"):
        answered[side] += n
    own = AnswerToken.objects.filter(round=round_, token=token_of(round_, acting_user.person_id))
    return OpenAssessment(
        id=round_.pk,
        opened_on=timezone.localtime(round_.opened_at).date(),
        closes_on=round_.closes_on,
        answered=own.exists(),
        workers=answered["worker"] if answered["worker"] >= SMALLEST_CELL else None,
        managers=answered["manager"],
    )


def _result(form: Questionnaire, round_: AssessmentRound) -> AssessmentResult:
    cells = AnswerCount.objects.filter(round=round_).values_list("side", "question", "value", "n")
    found = summarise(form, {(side, key, value): n for side, key, value, n in cells})
    asked = {q.key: q for a in form.areas for q in a.questions}
    names = {a.key: a for a in form.areas}
    return AssessmentResult(
        id=round_.pk,
        opened_on=timezone.localtime(round_.opened_at).date(),
        closed_on=timezone.localtime(round_.closed_at).date(),
        form_version=round_.form_version,
        workers=None if round_.destroyed else round_.workers,
        managers=round_.managers,
        worker=found.worker,
        manager=found.manager,
        withheld=found.withheld,
        areas=[
            AssessedArea(
                key=area.key,
                zh=names[area.key].zh,
                en=names[area.key].en,
                worker=area.worker,
                manager=area.manager,
                gap=area.gap,
                questions=[
                    AssessedQuestion(
                        key=q.key,
                        worker_zh=asked[q.key].worker.zh,
                        worker_en=asked[q.key].worker.en,
                        manager_zh=asked[q.key].manager.zh,
                        manager_en=asked[q.key].manager.en,
                        worker=q.worker,
                        manager=q.manager,
                        gap=q.gap,
                    )
                    for q in area.questions
                ],
            )
            for area in found.areas
        ],
    )


def found(acting_user: Actor, months: int) -> FoundByWorkers:
    """Share of hazards that workers found, by month of opening, the oldest first."""
    enterprise = queries.home(acting_user)
    today = queries.local_today()
    total = today.year * 12 + today.month - 1
    names = [f"{m // 12}-{m % 12 + 1:02d}" for m in range(total - months + 1, total + 1)]
    rows = found_by_workers(neighbours.found_counts(enterprise.pk, names[0]), names)
    by_workers, everything = sum(r.by_workers for r in rows), sum(r.total for r in rows)
    return FoundByWorkers(
        months=[
            FoundByWorkersMonth(month=r.month, by_workers=r.by_workers, total=r.total, share=r.share) for r in rows
        ],
        by_workers=by_workers,
        total=everything,
        share=by_workers / everything if everything else None,
    )

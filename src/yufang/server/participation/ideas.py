"""What people write about ideas: proposing, supporting, the steps of a trial, and the board of best ideas."""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.utils import timezone

from yufang.participation import ParticipationError, Pick, Step, best_ideas, check_step
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import Refused, not_found
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import ParticipationChanged, emit
from yufang.server.participation import queries
from yufang.server.participation.contracts import IdeaDetail
from yufang.server.participation.models import Board, BoardPick, Proposal, ProposalStep, Support
from yufang.server.scope import Actor, action


def refused(error: ParticipationError, status: int = 422) -> Refused:
    """Floor 1's refusal as the API answers it."""
    return Refused(status, "invalid", error.zh, error.en, error.field or None)


def sha256(text: str) -> str:
    """What a leaf holds of a free text."""
    return hashlib.sha256(text.encode()).hexdigest()


def tell(path: str, of: int, enterprise_id: int) -> None:
    """Say that something in this room changed."""
    emit(ParticipationChanged(id=of, enterprise_id=enterprise_id, path=path))


def _need(text: str, least: int, field: str, zh: str, en: str) -> str:
    text = text.strip()
    if len(text) < least:
        raise Refused(
            422,
            "too_short",
            f"{zh}至少写 {least} 个字，好让别人看懂。",
            f"Write at least {least} characters of {en}, so that others understand it.",
            field,
        )
    return text


@action
def propose(
    acting_user: Actor, *, title: str, problem: str, idea: str, show_author: bool, hazard_id: int | None = None
) -> IdeaDetail:
    """Propose an idea to one's own enterprise. The author is kept, and named only where they want to be."""
    enterprise = queries.home(acting_user)
    title = _need(title, 4, "title", "标题", "the title")
    problem = _need(problem, 6, "problem", "问题", "the problem")
    words = _need(idea, 6, "idea", "办法", "the idea")
    facts = {"title_sha256": sha256(title), "problem_sha256": sha256(problem), "idea_sha256": sha256(words)}
    made = Proposal(
        organisation=enterprise,
        path=enterprise.path,
        author_id=acting_user.person_id,
        show_author=show_author,
        title=title,
        problem=problem,
        idea=words,
        hazard_id=hazard_id,
        at=timezone.now(),
        synthetic=enterprise.synthetic,
        ledger_index=-1,
    )
    made.save()
    made.ledger_index = ledger.append(acting_user, made.path, "participation.proposed", f"idea:{made.pk}", facts)
    made.save(update_fields=["ledger_index"])
    tell(made.path, made.pk, enterprise.pk)
    return queries.idea(acting_user, made.pk)


def _idea(acting_user: Actor, idea_id: int) -> Proposal:
    enterprise = queries.home(acting_user)
    found = Proposal.objects.select_for_update(of=("self",)).filter(id=idea_id, organisation=enterprise).first()
    if found is None:
        raise not_found()
    return found


@action
def support(acting_user: Actor, idea_id: int, wanted: bool) -> IdeaDetail:
    """Support another's idea, or no longer. Doing it twice changes nothing."""
    idea = _idea(acting_user, idea_id)
    if idea.author_id == acting_user.person_id:
        raise Refused(
            409,
            "own_idea",
            "这是您自己的建议，不用为它点赞。",
            "This is your own idea; support another's.",
        )
    if wanted:
        Support.objects.get_or_create(proposal=idea, person_id=acting_user.person_id, defaults={"path": idea.path})
    else:
        Support.objects.filter(proposal=idea, person_id=acting_user.person_id).delete()
    tell(idea.path, idea.pk, idea.organisation_id)
    return queries.idea(acting_user, idea_id)


def step_facts(step: ProposalStep) -> dict[str, Any]:
    """What the leaf of a step holds."""
    return {
        "kind": step.kind,
        "until": step.until.isoformat() if step.until else None,
        "text_sha256": sha256("\n".join((step.where, step.measure, step.text))),
        "before": step.before,
        "after": step.after,
    }


@action
def take_step(acting_user: Actor, idea_id: int, step: Step) -> IdeaDetail:
    """A named person begins a trial, writes its result, rolls it out, or declines with a reason."""
    idea = _idea(acting_user, idea_id)
    try:
        after = check_step(idea.state, step, queries.local_today())
    except ParticipationError as error:
        raise refused(error, 409 if error.field == "kind" else 422) from error
    row = ProposalStep(
        proposal=idea,
        path=idea.path,
        kind=step.kind,
        where=step.where.strip()[:200],
        until=step.until,
        measure=step.measure.strip(),
        text=step.text.strip(),
        before=step.before,
        after=step.after,
        by_id=acting_user.person_id,
        at=timezone.now(),
    )
    row.ledger_index = ledger.append(
        acting_user, idea.path, f"participation.{step.kind}", f"idea:{idea.pk}", step_facts(row)
    )
    row.save()
    idea.state = after
    if step.kind == "trial":
        idea.trial_where, idea.trial_until = row.where, step.until
    idea.save(update_fields=["state", "trial_where", "trial_until"])
    tell(idea.path, idea.pk, idea.organisation_id)
    return queries.idea(acting_user, idea_id)


# ── the board ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@action
def name_jury(acting_user: Actor, month: str, jury: list[int]) -> None:
    """Name the jury of a month ("2026-06"), or another while its board is open; choices of who left go with them."""
    enterprise = queries.home(acting_user)
    today = queries.local_today()
    if not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", month) or month > f"{today:%Y-%m}":
        raise Refused(
            422,
            "bad_month",
            f"月份 {month} 不对，请选择本月或以前的月份，如 {today:%Y-%m}。",
            f"{month} is not a month up to now; choose one such as {today:%Y-%m}.",
            "month",
        )
    members = sorted(set(jury))
    known = Person.objects.filter(id__in=members, active=True, path__startswith=enterprise.path).count()
    if known != len(members):
        raise Refused(
            422,
            "not_a_colleague",
            "评审须是本企业在册人员，请重新选择。",
            "Jurors must be people of this enterprise; choose again.",
            "jury",
        )
    try:
        best_ideas(members, (), {})
    except ParticipationError as error:
        raise refused(error) from error
    board = Board.objects.select_for_update().filter(organisation=enterprise, month=month).first()
    if board is not None and board.closed_at is not None:
        raise _closed(month)
    index = ledger.append(
        acting_user, enterprise.path, "participation.jury_named", f"board:{month}", {"month": month, "jury": members}
    )
    values = {"jury": members, "named_by_id": acting_user.person_id, "at": timezone.now(), "ledger_index": index}
    board, _ = Board.objects.update_or_create(
        organisation=enterprise, month=month, defaults=values, create_defaults=values | {"path": enterprise.path}
    )
    board.picks.exclude(juror_id__in=members).delete()
    tell(enterprise.path, board.pk, enterprise.pk)


def _closed(month: str) -> Refused:
    return Refused(
        409,
        "board_closed",
        f"{month} 的金点子榜已经公布，不能再改。",
        f"The board of {month} is published and can't be changed.",
    )


def _board(enterprise: Organisation, month: str) -> Board:
    board = Board.objects.select_for_update(of=("self",)).filter(organisation=enterprise, month=month).first()
    if board is None:
        raise not_found()
    if board.closed_at is not None:
        raise _closed(month)
    return board


@action
def pick(acting_user: Actor, month: str, idea_id: int, chosen: bool, reason: str) -> None:
    """A juror chooses an idea with a reason, changes the reason, or takes the choice back."""
    enterprise = queries.home(acting_user)
    board = _board(enterprise, month)
    idea = queries.candidates(enterprise, month).filter(id=idea_id).first()
    if idea is None:
        raise not_found()
    juror = acting_user.person_id or 0
    try:
        best_ideas(board.jury, [Pick(juror_id=juror, idea_id=idea_id, reason=reason)], {idea.pk: idea.author_id})
    except ParticipationError as error:
        raise refused(error, 403 if error.field == "jury" else 422) from error
    if not chosen:
        BoardPick.objects.filter(board=board, proposal=idea, juror_id=juror).delete()
    else:
        words = _need(reason, 4, "reason", "推荐理由", "the reason")[:200]
        BoardPick.objects.update_or_create(
            board=board,
            proposal=idea,
            juror_id=juror,
            defaults={"reason": words},
            create_defaults={"reason": words, "path": board.path},
        )
    facts = {"idea": idea_id, "chosen": chosen, "reason_sha256": sha256(reason.strip())}
    ledger.append(acting_user, board.path, "participation.picked", f"board:{month}", facts)
    tell(board.path, board.pk, enterprise.pk)


@action
def publish_board(acting_user: Actor, month: str) -> None:
    """Close a month's board with what the jury chose. Refused while no idea has half of the jury."""
    enterprise = queries.home(acting_user)
    board = _board(enterprise, month)
    picks = [
        Pick(juror_id=p.juror_id, idea_id=p.proposal_id, reason=p.reason) for p in board.picks.order_by("id").all()
    ]
    authors = dict(Proposal.objects.filter(id__in=[p.idea_id for p in picks]).values_list("id", "author_id"))
    chosen = best_ideas(board.jury, picks, authors)
    if not chosen:
        raise Refused(
            409,
            "nothing_chosen",
            "还没有建议得到半数评审的推荐，请评审先选择。",
            "No idea has been chosen by half of the jury yet; let the jurors choose first.",
        )
    board.closed_at, board.chosen = timezone.now(), list(chosen)
    board.ledger_index = ledger.append(
        acting_user, board.path, "participation.board_published", f"board:{month}", {"ideas": list(chosen)}
    )
    board.save(update_fields=["closed_at", "chosen", "ledger_index"])
    tell(board.path, board.pk, enterprise.pk)

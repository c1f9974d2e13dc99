"""Who takes part where, and under which name; ideas, boards, and the start of the room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from yufang.participation import STEPS, table_on
from yufang.participation.board import SMALLEST_GROUP
from yufang.server.accounts.models import Organisation, Person
from yufang.server.errors import Refused, not_found
from yufang.server.paging import window
from yufang.server.participation.contracts import (
    BestIdea,
    IdeaBoard,
    IdeaDetail,
    IdeaPage,
    IdeaRow,
    IdeaStepOut,
    JurorName,
    ParticipationDesk,
    PointRuleOut,
    PointRulesOut,
    TeamPoints,
)
from yufang.server.participation.models import Board, BoardPick, OptOut, PointEntry, Proposal, Support
from yufang.server.scope import Actor

MANAGE = "participation.manage"
BOARDS_SHOWN = 12


def local_today() -> date:
    """The day in the platform's time zone."""
    return timezone.localdate()


def home(acting_user: Actor) -> Organisation:
    """The enterprise that the person belongs to. Refused for people of a region: participation is the enterprise's."""
    found = Organisation.objects.filter(path=acting_user.scope, kind=Organisation.Kind.ENTERPRISE).first()
    if found is None:
        raise Refused(
            409,
            "no_enterprise",
            "此页属于企业员工；您的账号不属于某一家企业，请用企业账号登录。",
            "This page is for people of an enterprise; your account belongs to none, so sign in with one that does.",
        )
    return found


# ── names ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def opted_out(person_id: int | None) -> bool:
    """Whether the person doesn't want to be named."""
    return OptOut.objects.filter(person_id=person_id).exists()


def _hidden(person_ids: Iterable[int]) -> set[int]:
    return set(OptOut.objects.filter(person_id__in=list(person_ids)).values_list("person_id", flat=True))


def large_teams(enterprise: Organisation) -> dict[int, str]:
    """Teams whose name isn't almost somebody's: id → name."""
    teams = Organisation.objects.filter(path__startswith=enterprise.path, kind=Organisation.Kind.TEAM)
    sizes = dict(
        Person.objects.filter(active=True, organisation__in=teams)
        .values_list("organisation_id")
        .annotate(n=Count("*"))
        .order_by()
    )
    return {t.pk: t.name for t in teams if sizes.get(t.pk, 0) >= SMALLEST_GROUP}


def _authors(ideas: Iterable[Proposal], enterprise: Organisation) -> dict[int, dict[str, str]]:
    """Idea → the name its author goes by: their own, else their team's, else none. The one place that decides it."""
    ideas = list(ideas)
    hidden, teams = _hidden(i.author_id for i in ideas), large_teams(enterprise)
    found = {}
    for idea in ideas:
        person = idea.author
        named = idea.show_author and person.pk not in hidden
        found[idea.pk] = {
            "author": person.name if named else "",
            "author_en": (person.name_en or person.name) if named else "",
            "team": "" if named else teams.get(person.organisation_id, ""),
        }
    return found


def rules_out(day: date) -> PointRulesOut:
    """The table of points in force on `day`."""
    table = table_on(day)
    return PointRulesOut(
        version=table.version,
        effective_from=table.effective_from,
        owner_zh=table.owner_zh,
        owner_en=table.owner_en,
        source_zh=table.source_zh,
        source_en=table.source_en,
        source_verified=table.source_verified,
        first_share=table.first_share,
        most_points_month=table.most_points_month,
        most_counted_month=table.most_counted_month,
        rules=[
            PointRuleOut(
                key=r.key,
                name_zh=r.name_zh,
                name_en=r.name_en,
                points=r.points,
                yuan_low=r.yuan[0],
                yuan_high=r.yuan[1],
            )
            for r in table.rules
        ],
    )


# ── ideas ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _ideas(acting_user: Actor) -> QuerySet[Proposal, Any]:
    own = Support.objects.filter(proposal=OuterRef("pk"), person_id=acting_user.person_id)
    return Proposal.objects.select_related("author").annotate(n=Count("supports"), supported=Exists(own))


def idea_page(acting_user: Actor, *, state: str, q: str, mine: bool, page: int, size: int) -> IdeaPage:
    """Ideas of the person's enterprise, the newest first."""
    enterprise = home(acting_user)
    base = Proposal.objects.filter(organisation=enterprise)
    if mine:
        base = base.filter(author_id=acting_user.person_id)
    if q:
        base = base.filter(Q(title__icontains=q) | Q(problem__icontains=q) | Q(idea__icontains=q))
    counts = dict(base.values_list("state").annotate(n=Count("*")).order_by())
    kept = base.filter(state=state) if state else base
    ids = list(kept.order_by("-id").values_list("id", flat=True)[window(page, size)])
    rows = sorted(_ideas(acting_user).filter(id__in=ids), key=lambda i: -i.pk)
    authors = _authors(rows, enterprise)
    return IdeaPage(
        total=counts.get(state, 0) if state else sum(counts.values()),
        page=page,
        size=size,
        counts={str(s): counts.get(s, 0) for s in Proposal.State.values},
        items=[IdeaRow(**_row(i, acting_user, authors[i.pk])) for i in rows],
    )


def _row(i: Proposal, acting_user: Actor, author: dict[str, str]) -> dict[str, Any]:
    return {
        "id": i.pk,
        "title": i.title,
        "state": i.state,
        **author,
        "mine": i.author_id == acting_user.person_id,
        "supports": i.n,
        "supported": i.supported,
        "at": i.at,
        "trial_where": i.trial_where,
        "trial_until": i.trial_until,
        "overdue": i.state == Proposal.State.TRIAL and i.trial_until is not None and i.trial_until < local_today(),
        "synthetic": i.synthetic,
    }


def idea(acting_user: Actor, idea_id: int) -> IdeaDetail:
    """One idea with its steps, oldest first."""
    enterprise = home(acting_user)
    found = _ideas(acting_user).filter(id=idea_id, organisation=enterprise).first()
    if found is None:
        raise not_found()
    return IdeaDetail(
        **_row(found, acting_user, _authors([found], enterprise)[found.pk]),
        problem=found.problem,
        idea=found.idea,
        hazard_id=found.hazard_id,
        steps=[
            IdeaStepOut(
                kind=s.kind,
                where=s.where,
                until=s.until,
                measure=s.measure,
                text=s.text,
                before=s.before,
                after=s.after,
                by=s.by.name,
                by_en=s.by.name_en or s.by.name,
                at=s.at,
                ledger_index=s.ledger_index,
            )
            for s in found.steps.select_related("by").order_by("id")
        ],
        next_steps=list(STEPS[found.state]) if acting_user.may(MANAGE) else [],
        ledger_index=found.ledger_index,
    )


# ── boards and the start ──────────────────────────────────────────────────────────────────────────────────────────────


def candidates(enterprise: Organisation, month: str) -> QuerySet[Proposal, Any]:
    """Ideas that were made in `month` ("2026-06") or moved on in it, and weren't declined."""
    year, number = (int(part) for part in month.split("-"))
    made = Q(at__year=year, at__month=number)
    moved = Q(steps__at__year=year, steps__at__month=number)
    ideas = Proposal.objects.filter(made | moved, organisation=enterprise).distinct()
    return ideas.exclude(state=Proposal.State.DECLINED)


def boards(acting_user: Actor, enterprise: Organisation) -> list[IdeaBoard]:
    """The newest boards. While one is open a juror sees their own choices and nobody sees another's."""
    found = list(Board.objects.filter(organisation=enterprise).order_by("-month")[:BOARDS_SHOWN])
    people = Person.objects.in_bulk({i for b in found for i in b.jury})
    ideas = Proposal.objects.select_related("author").in_bulk({i for b in found for i in b.chosen})
    authors = _authors(ideas.values(), enterprise)
    picks = list(BoardPick.objects.filter(board__in=found).order_by("id"))
    out = []
    for board in found:
        of_board = [p for p in picks if p.board_id == board.pk]
        best = [ideas[i] for i in board.chosen if i in ideas]
        out.append(
            IdeaBoard(
                month=board.month,
                jury=[
                    JurorName(id=i, name=people[i].name, name_en=people[i].name_en or people[i].name)
                    for i in board.jury
                    if i in people
                ],
                closed_at=board.closed_at,
                ideas=[
                    BestIdea(
                        id=i.pk,
                        title=i.title,
                        state=i.state,
                        **authors[i.pk],
                        reasons=[p.reason for p in of_board if p.proposal_id == i.pk],
                    )
                    for i in best
                ],
                juror=acting_user.person_id in board.jury,
                mine=[p.proposal_id for p in of_board if p.juror_id == acting_user.person_id],
                candidates=0 if board.closed_at else candidates(enterprise, board.month).count(),
            )
        )
    return out


def desk(acting_user: Actor) -> ParticipationDesk:
    """The start of the room: boards, and what teams did this month."""
    enterprise = home(acting_user)
    month = f"{local_today():%Y-%m}"
    return ParticipationDesk(
        organisation=enterprise.name,
        synthetic=enterprise.synthetic,
        month=month,
        manages=acting_user.may(MANAGE),
        opted_out=opted_out(acting_user.person_id),
        boards=boards(acting_user, enterprise),
        teams=_teams(enterprise, month),
        smallest_group=SMALLEST_GROUP,
    )


def _teams(enterprise: Organisation, month: str) -> list[TeamPoints]:
    """Acts that counted, by team in order of name: not a ranking. Small teams stand together."""
    large = large_teams(enterprise)
    entries = PointEntry.objects.filter(organisation=enterprise, month=month, withdrawn_at=None, points__gt=0)
    acts: Counter[str] = Counter()
    for team, n in entries.values_list("person__organisation_id").annotate(n=Count("*")).order_by():
        acts[large.get(team, "")] += n
    return [TeamPoints(team=name, acts=acts[name]) for name in sorted(acts, key=lambda name: (name == "", name))]

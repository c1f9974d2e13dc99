"""The monthly board of best ideas (金点子榜): a named jury chooses proposals. Nobody is ranked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from yufang.participation.contracts import ParticipationError

SMALLEST_JURY = 2
MOST_IDEAS = 5
# Below this many people a group's name would be somebody's name.
SMALLEST_GROUP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A juror's word for an idea, with the reason that stands on the board."""

    juror_id: int
    idea_id: int
    reason: str


def best_ideas(jury: Iterable[int], picks: Iterable[Pick], authors: Mapping[int, int]) -> tuple[int, ...]:
    """Ids of the ideas that at least half of the jurors who may judge them chose; most chosen first, then by id.

    `authors`: idea → author. A juror doesn't judge an idea of their own and doesn't count for it. At most
    `MOST_IDEAS`; a tie at the end keeps the older idea. Raises ParticipationError for a jury of fewer than
    `SMALLEST_JURY`, a stranger to it, or a juror who chose their own idea.
    """
    members = set(jury)
    if len(members) < SMALLEST_JURY:
        raise ParticipationError(
            f"评审组至少 {SMALLEST_JURY} 人，请再指定评审。",
            f"A jury has at least {SMALLEST_JURY} people; name another.",
            "jury",
        )
    chosen: dict[int, set[int]] = defaultdict(set)
    for pick in picks:
        if pick.juror_id not in members:
            raise ParticipationError("您不在本月评审组内。", "You are not on this month's jury.", "jury")
        if authors.get(pick.idea_id) == pick.juror_id:
            raise ParticipationError(
                "不能评选自己的建议，请选择别人的。", "You can't choose your own idea; choose another's.", "idea"
            )
        chosen[pick.idea_id].add(pick.juror_id)
    ranked = sorted(chosen, key=lambda idea: (-len(chosen[idea]), idea))
    passed = [i for i in ranked if 2 * len(chosen[i]) >= len(members - {authors.get(i, 0)})]
    return tuple(passed[:MOST_IDEAS])

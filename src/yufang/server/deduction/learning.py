"""What one answer says of other points: their probabilities move at once, and every night from all answers."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.utils import timezone

from yufang.server.deduction.belief import updated
from yufang.server.deduction.models import Answer, BeliefVersion
from yufang.server.deduction.retraining import Label
from yufang.server.ledger import actions as ledger
from yufang.server.live.events import HazardPointsMoved, emit
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    from yufang.deduction.answers import Layers, Told, Widths

SAME = 1e-9  # probabilities nearer than this are the same
AT_ONCE = 20_000  # points that are worked out and written together


class _Point(NamedTuple):
    id: int
    path: str
    key: str
    industry: str
    enterprise: int
    deduced: float
    probability: float
    looks: int
    status: str

    @property
    def told(self) -> Told | None:
        from yufang.deduction.answers import Told

        if self.status not in ("confirmed", "not_found"):
            return None
        return Told(
            hazard=self.key,
            industry=self.industry,
            enterprise=str(self.enterprise),
            deduced=self.deduced,
            confirmed=self.status == "confirmed",
        )


class _Move(NamedTuple):
    point: _Point
    probability: float
    looks: int


_POINTS = r"""
    SELECT p.id, p.path, p.key, left(regexp_replace(coalesce(e.industry_code, ''), '\D', '', 'g'), 2),
        p.organisation_id, p.deduced, p.probability, p.looks, p.status
    FROM deduction_hazardpoint p LEFT JOIN profiles_enterprise e ON e.organisation_id = p.organisation_id
"""


def _read(path: str, condition: str, params: Sequence[Any] = (), most: int | None = None) -> list[_Point]:
    """Points under `path` by id. The range serves the index on `path`, as the policies do."""
    where = f"WHERE p.path >= %s AND p.path < %s AND ({condition})"
    with connection.cursor() as cursor:
        cursor.execute(f"{_POINTS} {where} ORDER BY p.id LIMIT %s", [path, path + "~", *params, most])
        return [_Point(*row) for row in cursor.fetchall()]


def root(path: str) -> str:
    """The path of the region that `path` lies in: `/1/` of `/1/24/`."""
    return "/" + path.split("/")[1] + "/"


@action
def spread(acting_user: Actor, point_id: int) -> _Point | None:
    """Move a point by its answers, and by them the like points at peers and the enterprise's others.

    Worked out from all answers each time, so repeating changes nothing. Needs a scope that covers the region.
    """
    region = acting_user.scope
    one_at_a_time(region)
    own = next(iter(_read(region, "p.id = %s", [point_id])), None)
    if own is None:
        return None
    like = "p.id = %s OR (p.current OR p.status <> 'open') AND (p.key = %s OR p.organisation_id = %s)"
    moves = _moves(_read(region, like, [own.id, own.key, own.enterprise]), _layers(region))
    _write(moves)
    for move in moves:
        if move.point.id == point_id and abs(move.probability - move.point.probability) > SAME:
            facts = {"from": round(move.point.probability, 6), "to": round(move.probability, 6)}
            ledger.append(acting_user, own.path, "deduction.updated", f"hazard_point:{point_id}", facts)
    others = [move for move in moves if move.point.id != point_id]
    if others:
        _tell(acting_user, region, f"hazard_point:{point_id}", others)
    return own


def labels(region: str) -> list[Label]:
    """What the answers under `region` teach the ranking model: each point's newest valid answer that looked."""
    told = Answer.in_order(Answer.valid().filter(path__startswith=region, result__in=("confirmed", "not_found")))
    rows = told.values_list("point_id", "point__organisation__key", "point__key", "said_at", "at", "result")
    found = {
        point: Label(owner, key, timezone.localtime(said or came).date(), result)
        for point, owner, key, said, came, result in rows
    }
    return sorted(found.values())


def is_new(region: str) -> bool:
    """Whether anything was answered under `region` that its newest version has not learnt."""
    told, version = _told(region), version_in_use(region)
    return bool(told) and (version is None or version.card["data_sha256"] != _hash(told))


@action
def relearn(acting_user: Actor, ranking: str = "") -> BeliefVersion | None:
    """Learn the layers' widths anew from all answers of the scope, keep them as a version, and move every point.

    `ranking`: the version of the ranking model that learnt the same answers. Where nothing was answered since the
    newest version, nothing is written. None while nobody has answered.
    """
    from yufang.deduction.answers import learn, learn_widths

    region = acting_user.scope
    one_at_a_time(region)
    told = _told(region)
    if not told:
        return None
    widths = learn_widths(told)
    card = _card(told, learn(told, widths), widths) | {"ranking": ranking}
    found = BeliefVersion.objects.filter(path=region, version=card["version"]).first()
    if found is None:
        facts = {"answers": card["answers"], "data_sha256": card["data_sha256"]}
        index = ledger.append(acting_user, region, "deduction.learnt", f"belief:{card['version']}", facts)
        found = BeliefVersion.objects.create(
            path=region, version=card["version"], card=card, made_at=timezone.now(), ledger_index=index
        )
    move_all(acting_user, region)
    return found


def move_all(acting_user: Actor, region: str) -> None:
    """Work out every point under the path `region` anew, in the running transaction."""
    layers = _layers(region)
    moved: list[_Move] = []
    last = 0
    while points := _read(region, "(p.current OR p.status <> 'open') AND p.id > %s", [last], AT_ONCE):
        last = points[-1].id
        found = _moves(points, layers)
        _write(found)
        moved += found
    if moved:
        _tell(acting_user, region, "hazard_point:0", moved)


def version_in_use(path: str) -> BeliefVersion | None:
    """The newest version of a region."""
    return BeliefVersion.objects.filter(path=path).order_by("-id").first()


def _layers(path: str) -> Layers:
    from yufang.deduction.answers import Widths, learn

    version = version_in_use(path)
    return learn(_told(path), Widths(**version.card["widths"]) if version else None)


def _told(path: str) -> list[Told]:
    return [told for point in _read(path, "p.status IN ('confirmed', 'not_found')") if (told := point.told)]


def _moves(points: Iterable[_Point], layers: Layers) -> list[_Move]:
    points = list(points)
    results = _results([p.id for p in points if p.status != "open"])
    moves = []
    for p in points:
        base, looks = layers.probability(p.deduced, p.key, p.industry, str(p.enterprise), p.told)
        probability = updated(base, results[p.id]) if p.id in results else base
        if abs(probability - p.probability) > SAME or looks != p.looks:
            moves.append(_Move(p, probability, looks))
    return moves


def _results(ids: list[int]) -> dict[int, list[str]]:
    """Valid answers of points, oldest first."""
    found: dict[int, list[str]] = defaultdict(list)
    for point, result in Answer.in_order(Answer.valid().filter(point_id__in=ids)).values_list("point_id", "result"):
        found[point].append(result)
    return found


def _write(moves: Sequence[_Move]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE deduction_hazardpoint p SET probability = m.probability, looks = m.looks
            FROM unnest(%s::bigint[], %s::float8[], %s::int[]) AS m(id, probability, looks) WHERE p.id = m.id
            """,
            [[m.point.id for m in moves], [m.probability for m in moves], [m.looks for m in moves]],
        )


def _tell(acting_user: Actor, region: str, subject: str, moves: Sequence[_Move]) -> None:
    changed = [m for m in moves if abs(m.probability - m.point.probability) > SAME]
    if not changed:
        return
    digest = hashlib.sha256(repr([(m.point.id, round(m.probability, 6)) for m in changed]).encode()).hexdigest()
    facts = {"points": len(changed), "moves_sha256": digest}
    ledger.append(acting_user, region, "deduction.spread", subject, facts)
    emit(HazardPointsMoved(id=0, enterprise_id=0, path=region))


def one_at_a_time(path: str) -> None:
    """Two answers at once would each miss the other's: in a region, one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"yufang.deduction.spread{path}"])


def _hash(told: Sequence[Told]) -> str:
    plain = [(t.hazard, t.industry, t.enterprise, round(t.deduced, 9), t.confirmed) for t in told]
    return hashlib.sha256(json.dumps(sorted(plain)).encode()).hexdigest()


def _card(told: Sequence[Told], layers: Layers, widths: Widths) -> dict[str, Any]:
    """Widths, and how far the answers were from what was expected of each without itself (Brier score)."""
    data = _hash(told)
    before = sum((t.deduced - t.confirmed) ** 2 for t in told) / len(told)
    after = sum(
        (layers.probability(t.deduced, t.hazard, t.industry, t.enterprise, t)[0] - t.confirmed) ** 2 for t in told
    ) / len(told)
    kept = {name: getattr(widths, name) for name in ("hazard", "industry", "enterprise")}
    version = hashlib.sha256(json.dumps([data, kept]).encode()).hexdigest()
    return {
        "version": f"answers-1-{version[:10]}",
        "answers": len(told),
        "confirmed": sum(t.confirmed for t in told),
        "data_sha256": data,
        "widths": kept,
        "brier_run": round(before, 6),
        "brier_answers": round(after, 6),
    }

"""Similar decided cases. The index holds ids and n-grams only; what is shown is read afresh under the asker's scope."""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Literal

from django.db import connection
from django.db.models import Max

from yufang.server.cases.contracts import NearCode, NearOut
from yufang.server.cases.models import Decision, GoldLabel, InjuryCase
from yufang.server.cases.queries import EXCERPT
from yufang.server.errors import Refused, not_found
from yufang.server.names import FACETS, facet_code_names, facet_names
from yufang.server.scope import Actor

if TYPE_CHECKING:
    from yufang.cases.similar import SimilarTexts

MOST_INDEXED = 30_000  # the newest: some seconds to build, two milliseconds to ask
_REBUILD_SECONDS = 20.0  # decisions of the last moments may be missing from the index, never from a code that is shown
_SCOPES_KEPT = 4
WAIT_SECONDS = 2.0
Origin = Literal["person", "source"]


@dataclass(frozen=True, slots=True)
class _Index:
    stamp: tuple[int, int]
    built: float
    ids: tuple[int, ...]
    place: dict[int, int]
    texts: SimilarTexts


_indexes: dict[str, _Index] = {}
_lock = Lock()

_DECIDED = """
    SELECT c.id, c.narrative FROM cases_injurycase c
    WHERE EXISTS (SELECT 1 FROM cases_casecode x WHERE x.case_id = c.id AND x.state = 'decided')
        OR EXISTS (SELECT 1 FROM cases_goldlabel g WHERE g.case_id = c.id)
    ORDER BY c.occurred_on DESC NULLS LAST, c.id DESC LIMIT %s
"""


def warm() -> None:
    """Read the kernels, and compile them where that was never done, before somebody waits for them."""
    from yufang.cases.similar import SimilarTexts

    SimilarTexts(["手被压力机压伤", "a hand under the press"]).nearest("手")


def near_case(acting_user: Actor, case_id: int, most: int = 10) -> list[NearOut]:
    """The decided cases most similar to a case, nearest first."""
    case = InjuryCase.objects.filter(id=case_id).first()
    if case is None:
        raise not_found()
    index = _index(acting_user)
    return _shown(index, case.narrative, most, index.place.get(case_id))


def near_text(acting_user: Actor, text: str, most: int = 10) -> list[NearOut]:
    """The decided cases most similar to a text, nearest first."""
    return _shown(_index(acting_user), text, most, None) if text.strip() else []


def _index(acting_user: Actor) -> _Index:
    from yufang.cases.similar import SimilarTexts  # brings the kernels along; a start of the server needn't wait

    newest = Decision.objects.aggregate(n=Max("id"))["n"] or 0
    gold = GoldLabel.objects.aggregate(n=Max("id"))["n"] or 0
    key = f"{connection.settings_dict['NAME']} {acting_user.scope}"
    kept = _indexes.get(key)
    # One build at a time. Whoever asks meanwhile gets the index before, or waits a little; a request that waits holds a
    # database connection, so it mustn't wait long.
    if not _lock.acquire(timeout=0 if kept is not None else WAIT_SECONDS):
        if kept is not None:
            return kept
        raise Refused(
            503,
            "index_building",
            "相似案例索引正在建立，请稍后重试。",
            "The index of similar cases is being built; try again in a moment.",
        )
    try:
        kept = _indexes.get(key)
        fresh = kept is not None and (
            kept.stamp == (newest, gold) or (time.monotonic() - kept.built < _REBUILD_SECONDS and len(kept.ids))
        )
        if kept is not None and fresh:
            return kept
        with connection.cursor() as cursor:
            cursor.execute(_DECIDED, [MOST_INDEXED])
            rows = cursor.fetchall()
        ids = tuple(row[0] for row in rows)
        built = _Index(
            (newest, gold),
            time.monotonic(),
            ids,
            {number: place for place, number in enumerate(ids)},
            SimilarTexts([row[1] for row in rows]),
        )
        _indexes.pop(key, None)
        while len(_indexes) >= _SCOPES_KEPT:
            _indexes.pop(next(iter(_indexes)))
        _indexes[key] = built
        return built
    finally:
        _lock.release()


def _shown(index: _Index, text: str, most: int, leave_out: int | None) -> list[NearOut]:
    near = index.texts.nearest(text, most, leave_out=leave_out)
    ids = [index.ids[one.position] for one in near]
    # An index may outlive a row or a scope; only what the database shows now is told.
    cases = {c.pk: c for c in InjuryCase.objects.filter(id__in=ids).prefetch_related("codes", "gold_labels")}
    out = []
    for one, number in zip(near, ids, strict=True):
        case = cases.get(number)
        if case is None:
            continue
        codes: dict[str, tuple[str, Literal["person", "source"]]] = {
            g.facet: (g.code, "source") for g in case.gold_labels.all()
        }
        codes |= {c.facet: (c.code, "person") for c in case.codes.all() if c.state == "decided" and c.code}
        out.append(
            NearOut(
                id=case.pk,
                similarity=one.similarity,
                occurred_on=case.occurred_on,
                enterprise_name=case.enterprise_name,
                excerpt=case.narrative[:EXCERPT],
                codes=[_code(facet, *codes[facet]) for facet in FACETS if facet in codes],
            )
        )
    return out


def _code(facet: str, code: str, origin: Origin) -> NearCode:
    facet_zh, facet_en = facet_names(facet)
    zh, en = facet_code_names(facet, code)
    return NearCode(facet=facet, facet_zh=facet_zh, facet_en=facet_en, code=code, name_zh=zh, name_en=en, origin=origin)

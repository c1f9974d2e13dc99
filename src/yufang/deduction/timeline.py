"""From visits and contexts to the arrays that the kernels of `history` read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yufang.deduction.applicability import Applicability
from yufang.deduction.contracts import EnterpriseContext
from yufang.deduction.findings import is_aux
from yufang.deduction.history import Bytes, Ints, Visits
from yufang.deduction.names import context_tokens

MIN_ITEM = 4  # visits that must have found an article or injury pattern before it can be proposed
MIN_TOKEN = 4  # visits that must share a token before the online model gives it a weight
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that has a number: items, places, tokens, enterprises."""

    items: tuple[str, ...]
    target: NDArray[np.int32]
    prior: NDArray[np.float64]
    item_at: Mapping[str, int]
    place_at: Mapping[str, int]
    token_at: Mapping[str, int]
    enterprise_at: Mapping[str, int]
    home_at: Mapping[str, str]  # enterprise → place of its latest visit

    @property
    def places(self) -> int:
        """Numbered places; the last one stands for any place not seen before."""
        return len(self.place_at) + 1

    def place(self, name: str) -> int:
        return self.place_at.get(name, len(self.place_at))


def context_of(row: Mapping[str, object], contexts: Mapping[str, EnterpriseContext] | None) -> EnterpriseContext:
    """The known context of a visited enterprise, else what the record itself says of it."""
    enterprise = str(row["enterprise_id"])
    known = (contexts or {}).get(enterprise)
    if known is not None:
        return replace(known, name=known.name or str(row["name"]))
    return EnterpriseContext(enterprise_id=enterprise, name=str(row["name"]), industry_code=str(row["industry_code"]))


def token_lists(
    visits: pl.DataFrame, contexts: Mapping[str, EnterpriseContext] | None, applicability: Applicability
) -> tuple[list[list[str]], list[EnterpriseContext]]:
    """Tokens and normalised context of each visit."""
    resolved: dict[tuple[str, str, str], EnterpriseContext] = {}
    latest: dict[str, tuple[str, str]] = {}
    tokens, found = [], []
    for row in visits.select("enterprise_id", "name", "industry_code", "place", "on").iter_rows(named=True):
        # Answers and cases may leave out what an earlier visit said of the enterprise.
        name, industry = latest.get(row["enterprise_id"], ("", ""))
        row["name"], row["industry_code"] = row["name"] or name, row["industry_code"] or industry
        latest[row["enterprise_id"]] = row["name"], row["industry_code"]
        who = (row["enterprise_id"], row["name"], row["industry_code"])
        if who not in resolved:
            resolved[who] = applicability.normalise(context_of(row, contexts))
        context = resolved[who]
        found.append(context)
        tokens.append(context_tokens(context, row["place"], row["on"].month))
    return tokens, found


def learn_vocabulary(
    visits: pl.DataFrame, tokens: Sequence[Sequence[str]], rows: Mapping[str, float], *, default_prior: float
) -> Vocabulary:
    """Number what occurs often enough in `visits`; `rows` are the packs' items with their prior probability."""
    found = Counter(key for keys in visits["found"] for key in keys)
    named = {key for keys in visits["absent"] for key in keys} | {key for key, n in found.items() if n >= MIN_ITEM}
    items = tuple(sorted(set(rows) | {key for key in named if key in rows or not _is_row(key)}))
    shared = Counter(token for one in tokens for token in one)
    kept = sorted(token for token, n in shared.items() if n >= MIN_TOKEN)
    return Vocabulary(
        items=items,
        target=np.array([not is_aux(key) for key in items], np.int32),
        prior=np.array([rows.get(key, default_prior) for key in items], np.float64),
        item_at={key: i for i, key in enumerate(items)},
        place_at={place: i for i, place in enumerate(sorted(set(visits["place"])))},
        token_at={token: i for i, token in enumerate(kept)},
        enterprise_at={e: i for i, e in enumerate(dict.fromkeys(visits["enterprise_id"]))},
        home_at=dict(zip(visits["enterprise_id"], visits["place"], strict=True)),
    )


def _is_row(key: str) -> bool:
    return not key.startswith(("aux/", "article/", "injury/"))


def encode(
    visits: pl.DataFrame,
    tokens: Sequence[Sequence[str]],
    contexts: Sequence[EnterpriseContext],
    vocabulary: Vocabulary,
    applicability: Applicability,
) -> tuple[Visits, Bytes]:
    """Arrays of the visits and the table (groups, items) of what applies; what has no number is dropped."""
    groups: dict[bytes, int] = {}
    tables: list[Bytes] = []
    group = np.zeros(len(contexts), np.int32)
    for v, context in enumerate(contexts):
        row = applicability.row(context)
        code = row.tobytes()
        if code not in groups:
            groups[code] = len(tables)
            tables.append(row)
        group[v] = groups[code]
    found_at, found = _ragged(
        [[vocabulary.item_at[k] for k in keys if k in vocabulary.item_at] for keys in visits["found"]]
    )
    absent_at, absent = _ragged(
        [[vocabulary.item_at[k] for k in keys if k in vocabulary.item_at] for keys in visits["absent"]]
    )
    tokens_at, token_ids = _ragged(
        [[vocabulary.token_at[t] for t in one if t in vocabulary.token_at] for one in tokens]
    )
    arrays = Visits(
        day=np.array([day_number(on) for on in visits["on"]], np.int32),
        month=np.array([on.month for on in visits["on"]], np.int32),
        enterprise=np.array([vocabulary.enterprise_at.get(e, -1) for e in visits["enterprise_id"]], np.int32),
        place=np.array([vocabulary.place(p) for p in visits["place"]], np.int32),
        complete=visits["complete"].cast(pl.Int32).to_numpy().astype(np.int32),
        group=group,
        found_at=found_at,
        found=found,
        absent_at=absent_at,
        absent=absent,
        tokens_at=tokens_at,
        tokens=token_ids,
    )
    return arrays, np.stack(tables) if tables else np.zeros((1, len(vocabulary.items)), np.int8)


def day_number(on: date) -> int:
    """Days since 1970-01-01."""
    return (on - _EPOCH).days


def day_of(number: int) -> date:
    """Inverse of `day_number`."""
    return _EPOCH + timedelta(days=number)


def _ragged(lists: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    at = np.zeros(len(lists) + 1, np.int32)
    np.cumsum([len(one) for one in lists], out=at[1:])
    return at, np.array([value for one in lists for value in one], np.int32)

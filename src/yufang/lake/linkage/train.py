"""Fit a linkage model without labels: u from pairs drawn blindly, m by expectation maximisation (Fellegi and Sunter
1969; Winkler 2000), both by Splink over DuckDB on one thread, so that the same records and seed give the same model."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from scipy.optimize import minimize

from yufang.lake.linkage.contracts import Kind
from yufang.lake.linkage.engines import DuckDBLinkage
from yufang.lake.linkage.model import Model, splink_settings, starting_model

# Below this EM has too few matching pairs to learn from, and what ships is better.
ENOUGH = 2_000
ENOUGH_PAIRS = 200  # pairs proven the same, and as many proven different
PROVEN_RECORDS = 200_000
START = 0.7  # before any field speaks a pair may be twice as likely a match as EM says, no more
PULL = 1.0  # towards EM's weights: as much as a few pairs
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Bools: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
RECALL_OF_PRIOR_RULES = 0.7  # of the matching pairs, the share that `Kind.prior` is taken to find


def train(features: pl.DataFrame, kind: Kind, *, seed: int = 0, max_pairs: int = 2_000_000, name: str = "") -> Model:
    """Fit m, u and the share of matching pairs on `features` (with `uid`), starting from the kind's own tables."""
    start = starting_model(kind)
    engine = DuckDBLinkage(threads=1)
    with engine.linker(features, kind, start, splink_settings(kind, start, features.height)) as (linker, connection):
        linker.training.estimate_u_using_random_sampling(
            max_pairs=max_pairs, seed=seed + 1, min_count_per_level=None, num_chunks=1
        )
        prior = [rule for rule in kind.prior if _enough(connection, rule)]
        if prior:
            linker.training.estimate_probability_two_random_records_match(prior, recall=RECALL_OF_PRIOR_RULES)
        taught = False
        for rule in kind.training:
            if _speaking(features, kind, rule) >= 3 and _enough(connection, rule):
                linker.training.estimate_parameters_using_expectation_maximisation(
                    rule, max_pairs=max_pairs, record_sample_proportion=0.1, estimate_without_term_frequencies=True
                )
                taught = True
        fitted = linker.misc.save_model_to_json()
    share = float(fitted["probability_two_random_records_match"])
    matches = min(max(share * (features.height - 1) / 2, 0.01), 5.0)
    learnt = {one["output_column_name"]: one["comparison_levels"] for one in fitted["comparisons"]}
    parameters = {c.field: _levels(learnt[c.field], start.parameters[c.field], share) for c in kind.comparisons}
    told = f"{name or kind.name}: {features.height} records, seed {seed}"
    if not taught:
        parameters = _counted(features, kind, replace(start, parameters=parameters))
    if kind.proof:
        # EM learns from sister firms that one thing may hold two valid codes. It may not.
        parameters[kind.proof] = (*parameters[kind.proof][:-1], start.parameters[kind.proof][-1])
    model = replace(start, parameters=parameters, matches_per_record=round(matches, 4), trained_on=told)
    return reweigh(features, kind, model) if kind.proof else model


def reweigh(features: pl.DataFrame, kind: Kind, model: Model) -> Model:
    """Weights moved to where pairs with a proof put them.

    EM takes fields as independent. Sister firms share brand, rooms, phone and owner all at once, and EM would call them
    one. Where both records hold a valid value of the proof (a credit code), it says whether they are; a logistic
    regression on these pairs, held close to EM's weights, gives each level the weight that it has beside the others.
    Too few such pairs change nothing.
    """
    column = kind.exclusive or ""
    proven = features.filter(pl.col(column).is_not_null()).drop("uid").with_row_index("uid")
    proven = proven.with_columns(pl.col("uid").cast(pl.Int64)).head(PROVEN_RECORDS)
    if proven.height < ENOUGH:
        return model
    pairs = DuckDBLinkage(threads=1).raw(proven, kind, model, None).sort("uid_l", "uid_r")
    values = proven[column].to_numpy()
    same = values[pairs["uid_l"].to_numpy()] == values[pairs["uid_r"].to_numpy()]
    if min(same.sum(), (~same).sum()) < ENOUGH_PAIRS:
        return model
    return learn(pairs, same, proven.height, kind, model)


def learn(pairs: pl.DataFrame, same: Bools, records: int, kind: Kind, model: Model) -> Model:
    """`model` with the weights of a logistic regression on `pairs` (as `DuckDBLinkage.raw` gives them) of which `same`
    says whether they are one; the proof's own weights stay. `records` is how many the pairs were drawn from."""
    fields = [c for c in kind.comparisons if c.field != kind.proof]
    columns, start, places, bounds = [], [], [], []
    for c in fields:
        gamma = pairs[f"gamma_{c.field}"].to_numpy()
        for place, (m, u) in enumerate(model.parameters[c.field]):
            columns.append((gamma == len(c.levels) - 1 - place).astype(np.float64))
            start.append(math.log(m / u))
            places.append((c.field, place))
            # Blocking shows few pairs that differ in a field, and those agree in much else. Left free, a difference
            # would come to speak for a match, and an agreement against it.
            last, weight = len(c.levels) - 1, math.log(m / u)
            bounds.append(
                (0.0, None) if place == 0 else (None, min(weight / 2, 0.0)) if place == last else (None, None)
            )
    rarity = [f"mw_tf_adj_{c.field}" for c in fields if f"mw_tf_adj_{c.field}" in pairs.columns]
    # What a rare value adds is taken as it is.
    fixed = pairs.select(pl.sum_horizontal(rarity)).to_series().to_numpy() * math.log(2)
    prior = model.prior(records)
    begin = np.array([math.log(prior / (1 - prior)), *start])
    weights = _regress(np.column_stack(columns), fixed, same, begin, [(None, begin[0] + START), *bounds])
    parameters = {field: list(levels) for field, levels in model.parameters.items()}
    for (field, place), weight in zip(places, weights[1:], strict=True):
        m, u = parameters[field][place]
        ratio = math.exp(weight)
        # Only the ratio counts. The rarer side stays as it was seen, and neither is above one.
        m, u = (min(u * ratio, 1.0), u) if u * ratio <= 1 else (1.0, 1 / ratio)
        parameters[field][place] = (float(f"{m:.6g}"), float(f"{u:.6g}"))
    return replace(
        model,
        parameters={field: tuple(levels) for field, levels in parameters.items()},
        odds=float(f"{math.exp(weights[0]) * (1 - prior) / prior:.6g}"),
    )


def _regress(
    x: Floats, fixed: Floats, same: Bools, start: Floats, bounds: list[tuple[float | None, float | None]]
) -> Floats:
    """Logistic regression with an intercept, a fixed part and a pull towards `start` (natural log-odds), in bounds."""
    x = np.column_stack([np.ones(len(x)), x])
    y = same.astype(np.float64)

    def loss(weights: Floats) -> tuple[float, Floats]:
        z = x @ weights + fixed
        away = weights - start
        value = float(np.sum(np.logaddexp(0, z) - y * z) + PULL * np.sum(away**2))
        return value, x.T @ (1 / (1 + np.exp(-np.clip(z, -500, 500))) - y) + 2 * PULL * away

    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 500})
    return np.asarray(found.x, dtype=np.float64)


def _counted(features: pl.DataFrame, kind: Kind, model: Model) -> dict[str, tuple[tuple[float, float], ...]]:
    """Where fields are too few for EM: m counted on pairs of one name, taken for matches; the name's own stays."""
    pairs = DuckDBLinkage(threads=1).raw(features, kind, model, None)
    first, *others = kind.comparisons
    alike = pairs.filter(pl.col(f"gamma_{first.field}") >= len(first.levels) - 2)
    parameters = dict(model.parameters)
    for c in others:
        gamma = alike.filter(pl.col(f"gamma_{c.field}") >= 0)[f"gamma_{c.field}"].to_numpy()
        if len(gamma) < 100:
            continue
        levels = len(c.levels)
        m = [(float((gamma == levels - 1 - place).sum()) + 0.5) / (len(gamma) + levels / 2) for place in range(levels)]
        parameters[c.field] = tuple((round(a, 8), u) for a, (_, u) in zip(m, parameters[c.field], strict=True))
    return parameters


def _speaking(features: pl.DataFrame, kind: Kind, rule: str) -> int:
    """Fields that hold something and aren't given by `rule`. Two classes can't be told apart by fewer than three."""
    given = {f"{column}_l" for column in re.findall(r"\bl\.(\w+)", rule)}
    count = 0
    for c in kind.comparisons:
        used = {name for lv in c.levels if lv.sql for name in re.findall(r"\b\w+_l\b", lv.sql)}
        filled = features[re.findall(r"\b(\w+)_l\b", c.null)[0]]
        count += not used & given and filled.null_count() < 0.99 * len(filled)
    return count


def _enough(connection: Any, rule: str) -> bool:
    """Whether pairs enough agree by `rule`: a rule that joins nothing teaches nothing."""
    query = f"select count(*) from (select 1 from records l join records r on {rule} and l.uid < r.uid limit 100)"
    return bool(connection.sql(query).fetchall()[0][0] >= 100)


def _levels(
    told: list[dict[str, Any]], start: tuple[tuple[float, float], ...], share: float
) -> tuple[tuple[float, float], ...]:
    """m and u of one comparison; a level that the data don't show keeps what it started with."""
    levels = [one for one in told if not one.get("is_null_level")]
    pairs = []
    for one, (m_start, u_start) in zip(levels, start, strict=True):
        m, u = _number(one.get("m_probability")), _number(one.get("u_probability"))
        # No field is written so well that it never differs.
        m = m_start if m is None else max(m, 0.01 if one is levels[-1] else 1e-4)
        if u is not None:
            # Blind pairs hold a few matches. Where these are what is seen, the data say nothing of chance.
            chance = u - share * m
            u = chance if chance > share * m else None
        pairs.append((m, u_start if u is None else max(u, 1e-8)))
    return tuple((round(m, 8), round(u, 10)) for m, u in pairs)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None

"""The Taiwanese task of `bench linkage`: employers of serious accidents among the employers that were cited.

Truth. A company's registered name is its own in the whole of Taiwan (Company Act, article 18), so two files speak of
one company where the registered names are equal: region, distinctive part and legal form, after strict normalisation
and without a branch or plant behind the form. Only names that end in 公司 take part: those of small businesses are
their own in one county only. Masked names (OO) and natural persons are left out.

Held out. What the truth needs beyond the distinctive part, the legal form and everything behind it, is cut off from
every accident's name, as a newspaper or a colleague would write it: 逢泰企業股份有限公司 is handed over as 逢泰企業.
The citations keep what they have. Place (of the authority) and trade (building or other) stand on both sides.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz

from yufang.lake.linkage import DuckDBLinkage, Model, features_of, kind_of
from yufang.lake.linkage.company import parse_company, simplify
from yufang.lake.linkage.linking import check_records
from yufang.lake.linkage.train import learn as improved
from yufang.lake.linkage.train import train as fit
from yufang.lake.names import normalise_name

FILES = ("serious_accidents.parquet", "citations.parquet")
_CITIES = re.compile("[臺台]北|新北|桃園|[臺台]中|[臺台]南|高雄")
_MASKED = re.compile(r"[○〇*oO0]{2}|個人#")
SEEN = "accidents"


def run(train: Path, test: Path | None, seed: int) -> dict[str, Any]:
    """Precision, recall and F1 over pairs (accident's employer, cited employer).

    Without `test` half of the accidents' employers, by `seed`, is learnt from (as from a desk's decisions) and chooses
    the thresholds; the other half is scored.
    """
    learn, score = _records(train), _records(test or train)
    if test is None:
        halves = np.random.default_rng(seed).random(learn.height) < 0.5
        half = (pl.col("source") != SEEN) | pl.Series(halves)
        learn, score = learn.filter(half), score.filter(~half | (pl.col("source") != SEEN))
    kind = kind_of("employers")
    blind = fit(features_of(check_records(learn, kind, "training rows"), kind), kind, seed=seed, name="taiwan")
    taught = _Pairs(learn, blind)
    model = improved(taught.met, taught.same, learn.height, kind, blind)
    learnt = _Pairs(learn, model)
    cut, fuzzy_cut = learnt.best("probability"), learnt.best("fuzzy")
    pairs = _Pairs(score, replace(model, accept=cut))
    return {
        "accidents": score.filter(pl.col("source") == SEEN).height,
        "cited": score.filter(pl.col("source") != SEEN).height,
        "true_pairs": pairs.true,
        "threshold": cut,
        **pairs.score(pairs.table["probability"] >= cut),
        "peers": {
            "exact normalised name": pairs.score(pairs.table["exact"]),
            "exact name without form": pairs.score(pairs.table["core"]),
            "token set": pairs.score(pairs.table["fuzzy"] >= fuzzy_cut) | {"threshold": fuzzy_cut},
        },
    }


class _Pairs:
    """Pairs across the two files that meet by a key, with what each way says of them and whether they are true."""

    def __init__(self, rows: pl.DataFrame, model: Model) -> None:
        kind = kind_of("employers")
        records = check_records(rows, kind, "employers")
        told = records.join(rows.select("record_id", "entity"), on="record_id", how="left", maintain_order="left")
        features = features_of(records, kind)
        file, entity = told["source"].to_numpy(), told["entity"].to_numpy()
        met = DuckDBLinkage().raw(features, kind, model, None).sort("uid_l", "uid_r")
        self.met = met.filter(pl.Series(file[met["uid_l"].to_numpy()] != file[met["uid_r"].to_numpy()]))
        left, right = self.met["uid_l"].to_numpy(), self.met["uid_r"].to_numpy()
        names = [normalise_name(name) for name in records["name"]]
        spaced = [" ".join(name) for name in names]
        core = [parse_company(name).core for name in records["name"]]
        self.table = {
            "probability": self.met["match_probability"].to_numpy(),
            "exact": np.array([names[a] == names[b] for a, b in zip(left, right, strict=True)], dtype=bool),
            "core": np.array([core[a] == core[b] for a, b in zip(left, right, strict=True)], dtype=bool),
            "fuzzy": np.array([fuzz.token_set_ratio(spaced[a], spaced[b]) for a, b in zip(left, right, strict=True)]),
        }
        self.same = entity[left] == entity[right]
        counts = told.group_by("entity", "source").len()
        both = counts.filter(pl.col("source") == SEEN).join(counts.filter(pl.col("source") != SEEN), on="entity")
        self.true = int((both["len"] * both["len_right"]).sum())

    def score(self, kept: Any) -> dict[str, float]:
        hits = float(self.same[kept].sum())
        precision, recall = hits / max(float(kept.sum()), 1), hits / max(self.true, 1)
        return {"precision": precision, "recall": recall, "f1": 2 * precision * recall / max(precision + recall, 1e-12)}

    def best(self, way: str) -> float:
        """The cut of the best F1, among the values themselves."""
        cuts = np.unique(np.quantile(self.table[way], np.linspace(0, 1, 400)))
        return float(max(cuts, key=lambda cut: self.score(self.table[way] >= cut)["f1"]))


def _records(folder: Path) -> pl.DataFrame:
    """One row for each employer's name in each file: record_id, source, entity (the truth), name, region, industry."""
    for name in FILES:
        if not (folder / name).exists():
            raise FileNotFoundError(
                f"{folder / name} is missing: `bench linkage --task taiwan` needs {' and '.join(FILES)}"
            )
    accidents = pl.read_parquet(folder / FILES[0]).select(
        pl.col("employer"),
        pl.col("inspectorate").alias("place"),
        pl.col("industry").str.starts_with("F").alias("building"),
    )
    cited = pl.read_parquet(folder / FILES[1]).select(
        pl.col("employer"),
        pl.col("agency").alias("place"),
        pl.col("law_article").str.contains("營造").alias("building"),
    )
    return pl.concat([_employers(accidents, SEEN), _employers(cited, "citations")])


def _employers(rows: pl.DataFrame, file: str) -> pl.DataFrame:
    """Employers of one file, each name once."""
    known = (
        rows.drop_nulls("employer")
        .group_by("employer", maintain_order=True)
        .agg(pl.col("place").drop_nulls().mode().sort().first(), pl.col("building").fill_null(False).mean() >= 0.5)
    )
    out = []
    for employer, place, building in known.iter_rows():
        parts = parse_company(employer)
        if _MASKED.search(employer) or not parts.form.endswith("公司"):
            continue
        head = simplify(normalise_name(employer)).split(parts.form, 1)[0]
        city = _CITIES.search(place or "")
        out.append(
            {
                "record_id": f"{file}:{employer}",
                "source": file,
                "entity": f"{head}{parts.form}",
                "name": head if file == SEEN else employer,
                "region": city.group(0) if city else None,
                "industry": "building" if building else "other",
            }
        )
    return pl.DataFrame(out, schema_overrides={"region": pl.String})

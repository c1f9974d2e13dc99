"""How well words tell a hazard's kind: python benchmarks/report_kinds.py ../shared/data/taiwan_citations [--fit].

Citations of Taiwan's labour inspection name the article that was broken and say in words what was found. Those with
one violation and an article that belongs to one kind (tables below: chapters of the facility rules 職業安全衛生設施規則
and of the construction standard 營造安全衛生設施標準, and rules of one subject) are the measure; every second one fits
the calibration (`--fit` prints it), the others are counted. They are inspectors' sentences, longer than what a worker
types.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import polars as pl
from opencc import OpenCC

from yufang.hazards import suggest

FACILITY = (  # articles from, to, kind
    (21, 28, "housekeeping"),
    (30, 34, "housekeeping"),
    (36, 38, "working_at_height"),
    (41, 86, "machine_guarding"),
    (87, 103, "lifting"),
    (105, 114, "hazardous_chemicals"),
    (115, 128, "vehicles"),
    (171, 200, "fire_hot_work"),
    (224, 238, "working_at_height"),
    (239, 276, "electrical"),
    (277, 291, "ppe"),
    (292, 312, "dust_noise_health"),
    (313, 314, "signs_lighting"),
)
CONSTRUCTION = (
    (5, 5, "housekeeping"),
    (11, 11, "ppe"),
    (17, 27, "working_at_height"),
    (28, 38, "structure"),
    (39, 62, "working_at_height"),
    (63, 79, "structure"),
    (131, 168, "structure"),
)
RULES = (
    ("缺氧症", "confined_space_gas"),
    ("有機溶劑", "hazardous_chemicals"),
    ("特定化學", "hazardous_chemicals"),
    ("危害性化學品", "hazardous_chemicals"),
    ("起重升降機具", "lifting"),
    ("粉塵危害", "dust_noise_health"),
    ("健康保護", "dust_noise_health"),
    ("管理辦法", "permits_management"),
    ("教育訓練", "permits_management"),
)


def kind_of(article: str) -> str | None:
    """The kind that an article belongs to; None where it belongs to several or to none."""
    found = re.search(r"第\s*(\d+)\s*條(之\s*\d+)?", article)
    if not found:
        return None
    number, within = int(found[1]), bool(found[2])
    if "設施規則" in article:
        if within and number in (29, 128):  # 29-1…: confined space; 128-1…: aerial platforms
            return "confined_space_gas" if number == 29 else "working_at_height"
        return next((kind for first, last, kind in FACILITY if first <= number <= last), None)
    if "營造安全衛生設施標準" in article:
        return next((kind for first, last, kind in CONSTRUCTION if first <= number <= last), None)
    return next((kind for mark, kind in RULES if mark in article), None)


def citations(folder: Path) -> list[tuple[str, str]]:
    """(what was found, kind), in simplified characters, in a fixed shuffled order."""
    simplified = OpenCC("t2s")
    table = pl.read_parquet(folder / "citations.parquet", columns=["law_article", "violation_text"]).drop_nulls()
    found = set()
    for articles, text in table.iter_rows():
        if re.search(r"[;；]|2[.、．]", text) or not 8 <= len(text) <= 200:
            continue
        kind = kind_of(re.split(r"暨|、(?=職|營|勞)", articles)[0])
        if kind is not None:
            found.add((simplified.convert(text), kind))
    rows = sorted(found)
    random.Random(7).shuffle(rows)
    return rows


def fitted(rows: list[tuple[str, str]]) -> tuple[tuple[float, float], ...]:
    """Knots (stated, seen) of the first guess: isotonic regression, thinned to a few."""
    from sklearn.isotonic import IsotonicRegression

    suggest.CALIBRATION = ((0.0, 0.0), (1.0, 1.0))
    first = [(g[0].probability, g[0].key == kind) for text, kind in rows if (g := suggest.suggest_kinds(text, least=0))]
    stated, right = np.array([p for p, _ in first]), np.array([r for _, r in first], float)
    line = IsotonicRegression(out_of_bounds="clip").fit(stated, right)
    knots = [0.2, 0.3, 0.4, 0.6, 0.8, 0.9, 0.97, 1.0]
    return ((0.0, 0.0), *((k, round(float(line.predict([k])[0]), 3)) for k in knots))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--fit", action="store_true", help="print the calibration of the first half")
    given = parser.parse_args()
    rows = citations(given.folder)
    fit, test = rows[::2], rows[1::2]
    if given.fit:
        sys.exit(print(fitted(fit)))
    first, three, all_of, silent = Counter[str](), Counter[str](), Counter(kind for _, kind in test), 0
    bins: dict[int, list[tuple[float, bool]]] = {}
    began = time.perf_counter()
    for text, kind in test:
        guesses = suggest.suggest_kinds(text, limit=3, least=0)
        silent += not guesses
        if guesses:
            right = guesses[0].key == kind
            first[kind] += right
            three[kind] += kind in [g.key for g in guesses]
            bins.setdefault(math.ceil(10 * guesses[0].probability), []).append((guesses[0].probability, right))
    took = time.perf_counter() - began
    spoken = sum(len(b) for b in bins.values())
    error = sum(abs(sum(p for p, _ in b) - sum(r for _, r in b)) for b in bins.values()) / spoken
    often = [kind for kind, n in all_of.items() if n >= 20]
    figures = {
        "citations": len(test),
        "kinds": len(often),
        "first_guess_right": round(first.total() / len(test), 4),
        "among_first_three": round(three.total() / len(test), 4),
        "first_guess_right_mean_of_kinds": round(sum(first[k] / all_of[k] for k in often) / len(often), 4),
        "always_the_commonest": round(max(all_of.values()) / len(test), 4),
        "says_nothing": round(silent / len(test), 4),
        "calibration_error": round(error, 4),
        "milliseconds": round(1000 * took / len(test), 2),
        "by_kind": {k: [all_of[k], round(first[k] / all_of[k], 2), round(three[k] / all_of[k], 2)] for k in often},
    }
    print(json.dumps(figures, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()

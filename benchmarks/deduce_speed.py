"""How long deducing takes: 10,000 enterprises in one go, and one that was never seen, through the API.

    export OMP_NUM_THREADS=1 POLARS_MAX_THREADS=1 PYTHONPATH=.
    python benchmarks/deduce_speed.py --many 10000
    python benchmarks/deduce_speed.py --many 10000 --learn ../shared/data/taiwan_citations
    python benchmarks/deduce_speed.py --api

Made-up enterprises with six to twelve machines each, drawn from all installed packs. `--learn` fits the model on real
citations first, so that trees and clauses are in it; without it the packs' priors answer. Processor and wall seconds of
one process; what is measured first are imports and kernels, told apart as `ready`.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from datetime import date
from pathlib import Path

AT = date(2026, 1, 1)


def many(count: int, learn: Path | None) -> dict[str, float | int]:
    """Deduce ten points for each of `count` enterprises."""
    began = time.process_time()
    from yufang.deduction import Deducer, EnterpriseContext, OwnEquipment, fit
    from yufang.graph import RiskGraph
    from yufang.packs import installed_packs

    packs = installed_packs()
    records = _citations(learn) if learn else None
    graph = RiskGraph.build(packs, None, records, at=AT)
    deducer = Deducer(fit(records, None, graph, at=AT), graph)
    draw = random.Random(0)
    contexts = []
    for number in range(count):
        pack = draw.choice(packs)
        kinds = draw.sample(pack.equipment, min(len(pack.equipment), draw.randint(6, 12)))
        machines = (OwnEquipment(name=f"{kind.name.zh}{draw.randint(1, 9)}号") for kind in kinds)
        contexts.append(
            EnterpriseContext(
                enterprise_id=f"e{number}",
                name=f"{draw.choice('永大新华东')}{draw.choice('昌盛丰隆泰')}{number}有限公司",
                industry_code=draw.choice(pack.industries).lstrip("ABCDEFGHIJKLMNOPQRST"),
                inventory=tuple(machines),
            )
        )
    deducer.many(contexts[:10], at=AT)
    ready, wall, start = time.process_time() - began, time.perf_counter(), time.process_time()
    found = deducer.many(contexts, at=AT)
    return {
        "enterprises": count,
        "packs": len(packs),
        "items": len(deducer.model.vocabulary.items),
        "trees": int(bool(deducer.model.ranker.trees)),
        "points": sum(len(points) for _, points in found),
        "ready_processor_s": round(ready, 1),
        "processor_s": round(time.process_time() - start, 1),
        "wall_s": round(time.perf_counter() - wall, 1),
    }


def _citations(folder: Path):
    import polars as pl

    from yufang.lake.articles import first_article

    rows = pl.read_parquet(folder / "citations.parquet")
    named = {law: first_article(law or "") for law in rows["law_article"].unique()}
    return rows.select(
        pl.int_range(pl.len()).cast(pl.String).alias("record_id"),
        pl.col("employer").alias("enterprise_id"),
        pl.col("employer").alias("enterprise_name"),
        pl.lit("").alias("industry_code"),
        pl.col("date").cast(pl.Date).alias("found_on"),
        pl.col("agency"),
        pl.lit("citation").alias("origin"),
        pl.col("violation_text").fill_null("").alias("text"),
        pl.col("law_article").fill_null("").alias("clause"),
        pl.col("law_article").replace_strict(named, return_dtype=pl.String).alias("article"),
    )


def api(questions: int = 20) -> dict[str, float | int]:
    """A server of its own; each question is about an enterprise that nobody asked about before."""
    import http.cookiejar
    import urllib.error
    import urllib.request

    from tests.browser.conftest import serving
    from tests.server.made import make_run

    from yufang.packs import installed_packs

    packs = installed_packs()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        home.mkdir()
        run = make_run(Path(folder))
        with serving(run, home) as base:
            up = time.perf_counter()
            jar = http.cookiejar.CookieJar()
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

            def post(path: str, body: dict[str, object]) -> float:
                if not len(jar):
                    try:
                        opener.open(f"{base}/api/auth/me").read()
                    except urllib.error.HTTPError as error:
                        error.read()  # 401 before signing in; the token's cookie comes with it
                token = next(cookie.value for cookie in jar if cookie.name == "csrftoken")
                headers = {"Content-Type": "application/json", "X-CSRFToken": token or "", "Referer": base}
                request = urllib.request.Request(f"{base}/api{path}", json.dumps(body).encode(), headers)
                start = time.perf_counter()
                opener.open(request, timeout=120).read()
                return time.perf_counter() - start

            post("/auth/sign-in", {"username": "supervisor", "password": "yufang-demo"})
            draw = random.Random(1)
            took = []
            for number in range(questions):
                pack = draw.choice(packs)
                kinds = [kind.name.zh for kind in draw.sample(pack.equipment, min(8, len(pack.equipment)))]
                body = {"name": f"新厂{number}", "industry_code": pack.industries[0], "equipment": kinds}
                took.append(post("/deduction/deduce", body))
                if number == 0:
                    since_up = time.perf_counter() - up
    return {
        "questions": questions,
        "packs": len(packs),
        "first_answer_s_after_start": round(since_up, 2),
        "first_ms": round(1000 * took[0]),
        "median_ms": round(1000 * statistics.median(took[1:])),
        "slowest_ms": round(1000 * max(took[1:])),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--many", type=int, default=0)
    parser.add_argument("--learn", type=Path)
    parser.add_argument("--api", action="store_true")
    given = parser.parse_args()
    if given.many:
        print(json.dumps(many(given.many, given.learn)))
    if given.api:
        print(json.dumps(api()))


if __name__ == "__main__":
    main()

"""A draft of the tier tables tried on the last 90 days of a region with 240,000 hazard points in PostgreSQL.

    python benchmarks/decision_trial.py [--enterprises 24000]

Makes a database of its own with ten points and four monthly profiles an enterprise, opens a draft that asks higher
probabilities, and runs the trial's job to its end as a worker does. Prints what it would have raised and how long it
took, and how much processor time of this process (PostgreSQL has its own).
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yufang.server.settings")

POINTS = 10
WORLD = """
    TRUNCATE accounts_organisation CASCADE;
    INSERT INTO accounts_organisation (id, path, parent_id, kind, key, name, synthetic)
        VALUES (1, '/1/', NULL, 'regulator', 'r', '云岭市(合成)', true);
    INSERT INTO profiles_region (organisation_id, path, name_zh, name_en, synthetic, as_of, districts, groups)
        VALUES (1, '/1/', '云岭市(合成)', 'Yunling (synthetic)', true, '2026-06-30', '{{}}', '{{}}');
    INSERT INTO accounts_organisation (id, path, parent_id, kind, key, name, synthetic)
        SELECT 1000 + n, '/1/' || 1000 + n || '/', 1, 'enterprise', 'big' || n, '云岭第' || n || '有限公司', true
        FROM generate_series(1, {enterprises}) n;
    INSERT INTO profiles_enterprise (organisation_id, path, name, credit_code, industry_code, industry_zh, industry_en,
            district, employees, longitude, latitude, processes, materials, synthetic, sparkline, colour)
        SELECT id, path, name, '', '3311', '制造', 'Making', '', 50, 119, 29, '{{}}', '{{}}', true, '{{}}', ''
        FROM accounts_organisation WHERE kind = 'enterprise';
    INSERT INTO deduction_hazardpoint (organisation_id, path, key, rank, title_zh, title_en, equipment, equipment_en,
            part, part_en, accident_type, severity, deduced, probability, colour, body, model_version, status, current,
            synthetic)
        SELECT o.id, o.path, 'p' || k, k, '压力机模区无防护', 'Unguarded press die area', '压力机', 'Press', '模区',
            'Die', 'WSA10004', 'serious', p, CASE WHEN k = 1 THEN p / 2 ELSE p END,
            (ARRAY['red', 'orange', 'yellow', 'blue'])[1 + floor(random() * 4)::int],
            jsonb_build_object('lec', jsonb_build_object('score', 252),
                'path', jsonb_build_array(jsonb_build_object('source', o.name)),
                'records', jsonb_build_array(
                    jsonb_build_object('on', '2026-05-01', 'enterprise_name', o.name, 'text', md5(random()::text)),
                    jsonb_build_object('on', '2025-05-01', 'enterprise_name', 'x', 'text', md5(random()::text))),
                'rest', (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 60))),
            'bench', 'open', true, true
        FROM accounts_organisation o, generate_series(1, {points}) k, LATERAL (SELECT random() p WHERE o.id > 0) r
        WHERE o.kind = 'enterprise';
    INSERT INTO profiles_profilemonth (organisation_id, path, month, injuries_12m, lost_days_12m, hazards_12m,
            confirmed_since, expected_injuries, expected_injuries_low, expected_injuries_high, expected_lost_days,
            credibility, class_code, score, colour, trend, peer_percentile, reasons_zh, reasons_en, colour_rule,
            exposure, exposure_basis, seasons, rungs)
        SELECT o.id, o.path, m, 1, 1, 1, 0, 1, 0, 2, 1, 0.5, '33', 50,
            (ARRAY['red', 'orange', 'yellow', 'blue'])[1 + floor(random() * 4)::int], random() - 0.3, 50, '{{}}',
            '{{}}', '', 0, '', '{{}}', '[]'
        FROM accounts_organisation o, unnest('{{2026-03-01,2026-04-01,2026-05-01,2026-06-01}}'::date[]) m
        WHERE o.kind = 'enterprise';
    ANALYZE;
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--enterprises", type=int, default=24_000)
    given = parser.parse_args()
    home = Path(tempfile.mkdtemp(prefix="decision-trial-"))
    os.environ["YUFANG_HOME"] = str(home)

    import django
    import psycopg

    from yufang.server import database
    from yufang.server.config import Config

    opened = database.open_database(Config(home=home, database_url=""))
    try:
        django.setup()
        from django.db import connections

        for alias, params in (("default", opened.web), ("owner", opened.owner)):
            connections[alias].settings_dict.update(
                NAME=params["dbname"], USER=params["user"], HOST=params["host"], PORT="", OPTIONS={}
            )
        database.migrate()
        start = time.perf_counter()
        with psycopg.connect(autocommit=True, **(opened.owner | {"user": "postgres"})) as admin:
            admin.execute(WORLD.format(enterprises=given.enterprises, points=POINTS))
        print(f"{given.enterprises * POINTS:,} points made in {time.perf_counter() - start:.0f} s")
        try_one()
    finally:
        opened.close()
        shutil.rmtree(home, ignore_errors=True)


def try_one() -> None:
    from dataclasses import replace

    from yufang.server.decisions import actions, queries
    from yufang.server.decisions.documents import write
    from yufang.server.decisions.tasks import try_version
    from yufang.server.scope import Actor, scoped
    from yufang.warning import default_table
    from yufang.warning.tables import read_tests

    document = default_table().document
    rules = tuple(
        replace(r, conditions=(r.conditions[0], read_tests(">= 0.7", "number"), *r.conditions[2:]))
        for r in document.tables[0].rules
    )
    draft = replace(document, tables=(replace(document.tables[0], rules=rules), document.tables[1]))
    region = Actor.platform(scope="/1/")
    row = actions.import_draft(region, write(draft).encode(), "")
    trial = actions.ask_trial(region, row.id)
    start, used = time.perf_counter(), time.process_time()
    try_version.func(trial_id=trial.id, path="/1/")
    spent, used = time.perf_counter() - start, time.process_time() - used
    with scoped(region):
        found = queries.trial(trial.id)
    assert found.state == "done", (found.state, found.problem_en)
    assert found.result is not None
    result = found.result
    print(
        f"{result.subjects} before {result.before} after {result.after}; SpiffWorkflow asked {result.reference} times"
    )
    print(f"tried in {spent:.1f} s, {used:.1f} s of them processor time of the worker")


if __name__ == "__main__":
    main()

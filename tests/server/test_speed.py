"""A region of 24,000 enterprises answers as quickly as a small one. The rows are made in the database itself."""

from __future__ import annotations

import os
import time
from typing import Any

import psycopg
import pytest

ENTERPRISES = 24_000
MAKE = f"""
    INSERT INTO accounts_organisation (id, path, parent_id, kind, key, name, synthetic)
        SELECT 1000 + n, '/' || %(region)s || '/' || 1000 + n || '/', %(region)s, 'enterprise', 'big' || n,
            '大型第' || n || '有限公司', true FROM generate_series(1, {ENTERPRISES}) n;
    INSERT INTO profiles_enterprise (organisation_id, path, name, credit_code, industry_code, industry_zh, industry_en,
            district, employees, longitude, latitude, processes, materials, synthetic, rank, score, colour, trend,
            expected_injuries, peer_percentile, injuries_12m, sparkline)
        SELECT id, path, name, '', '33' || id %% 90, '制造', 'Making', '', 50, 119, 29, '{{}}', '{{}}', true, id,
            id %% 100, (ARRAY['red','orange','yellow','blue'])[1 + id %% 4], 0, 1, 50, 1, '{{1,2,3}}'
        FROM accounts_organisation WHERE key LIKE 'big%%';
    INSERT INTO deduction_hazardpoint (organisation_id, path, key, rank, title_zh, title_en, equipment, equipment_en,
            part, part_en, accident_type, severity, deduced, probability, colour, body, model_version, status,
            current, synthetic)
        SELECT o.id, o.path, 'k' || k, k, p.title_zh, p.title_en, p.equipment, p.equipment_en,
            p.part, p.part_en, p.accident_type, p.severity,
            p.deduced, p.probability, p.colour, p.body, '', 'open', true, true
        FROM accounts_organisation o, generate_series(1, 3) k, (SELECT * FROM deduction_hazardpoint LIMIT 1) p
        WHERE o.key LIKE 'big%%';
    INSERT INTO warning_warning (organisation_id, path, subject_key, rule, tier, state, route, due_on, title_zh,
            title_en, reason_zh, reason_en, probability, colour, measures, procedure_zh, procedure_en, training,
            training_en, synthetic)
        SELECT o.id, o.path, 'k' || k, 'R', (ARRAY['high','medium'])[k], 'raised', '', w.due_on, w.title_zh, w.title_en,
            w.reason_zh, w.reason_en, w.probability, w.colour, w.measures, '', '', '', '', true
        FROM accounts_organisation o, generate_series(1, 2) k, (SELECT * FROM warning_warning LIMIT 1) w
        WHERE o.key LIKE 'big%%';
"""


@pytest.fixture(scope="module")
def large(region: Any, cluster: Any, empty_database: str) -> int:
    """The made region with 24,000 more enterprises, 72,000 points and 48,000 warnings."""
    from tests.server.conftest import superuser
    from yufang.server import database

    with psycopg.connect(autocommit=True, **superuser(cluster, empty_database)) as admin:
        cursor = psycopg.ClientCursor(admin)
        cursor.execute(MAKE, {"region": region.region_id})
    database.tidy()
    return 1000 + ENTERPRISES // 2


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/api/region/overview", 0.200),
        ("/api/enterprises", 0.150),
        ("/api/enterprises?sort=-trend&page=300", 0.150),
        ("/api/enterprises?tier=high&colour=red", 0.150),
        ("/api/enterprises/{}", 0.150),
        ("/api/enterprises/{}/hazard-points", 0.150),
        ("/api/warnings?state=open&tier=high", 0.150),
        ("/api/warnings?enterprise_id={}", 0.150),
        ("/api/cases?state=review", 0.150),
        ("/api/industries", 0.150),
    ],
)
def test_routes_are_quick_in_a_large_region(large: int, sign_in: Any, path: str, limit: float) -> None:
    client, seconds = sign_in("supervisor"), []
    # The limits are for a machine that is free; where others keep it busy, their share of it is allowed for.
    limit *= max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
    while len(seconds) < 20 and min(seconds, default=9.9) > limit:
        began = time.perf_counter()
        assert client.get(path.format(large)).status_code == 200
        seconds.append(time.perf_counter() - began)
    # The best of up to twenty: what the route costs, not what else the machine does at the moment.
    assert min(seconds) <= limit, f"{min(seconds) * 1000:.0f} ms"

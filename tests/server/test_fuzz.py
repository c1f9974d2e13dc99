"""A short walk of the fuzzer, the same each time; `benchmarks/fuzz_api.py` walks for as long as it is told."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.utils import timezone

from tests.server import fuzz_world, fuzzing
from tests.server.conftest import superuser
from tests.server.rows import MARK, fill
from yufang.server import database
from yufang.server.limits import middleware

SEED = int(os.environ.get("YUFANG_FUZZ_SEED", "7"))
SECONDS = float(os.environ.get("YUFANG_FUZZ_SECONDS", "0"))  # 0: the short walk
SHARE = 0.03  # of the operations, each as every role


@pytest.fixture(scope="module")
def two_regions(
    region: Any, made: Path, tmp_path_factory: pytest.TempPathFactory, cluster: database.Database, empty_database: str
) -> None:
    """A second region beside the first: what nobody who asks may see, in every table."""
    from yufang.server.dispatch import demo as demo_duty
    from yufang.server.hazards import demo as demo_hazards
    from yufang.server.loading import load_results
    from yufang.server.scope import Actor
    from yufang.server.sensing import demo as demo_sensing

    other = tmp_path_factory.mktemp("regions") / "other"
    shutil.copytree(made, other)
    about = json.loads((other / "region.json").read_text("utf-8"))
    (other / "region.json").write_text(json.dumps(about | {"name_zh": "另一地区", "name_en": "Elsewhere"}), "utf-8")
    with psycopg.connect(autocommit=True, **superuser(cluster, empty_database)) as admin:
        # A deployment loads one region, known by its key; under another key the loaded one stays beside the next.
        admin.execute("UPDATE accounts_organisation SET key = 'here' WHERE id = %s", [region.region_id])
        elsewhere = load_results(other, Actor.platform()).region_id
        assert elsewhere != region.region_id
        theirs = "SELECT id, path FROM accounts_organisation WHERE parent_id = %s AND kind = 'enterprise' ORDER BY id"
        enterprise_id, path = admin.execute(theirs, [elsewhere]).fetchone()
        fill(admin, path, enterprise_id)
    # And more of one's own, so that a request finds something.
    for load_more in (demo_duty.open_roster, demo_hazards.open_some, demo_sensing.open_channels):
        load_more(Actor.platform(), timezone.now())


@pytest.fixture
def fuzzer(two_regions: None, as_superuser: Any, settings: Any) -> fuzzing.Fuzzer:
    """Every row marked with its organisation; a client for each role."""
    settings.CONFIG = settings.CONFIG.model_copy(
        update={"requests_per_minute": 10**7, "anonymous_per_minute": 10**7, "sign_in_tries": 10**6}
    )
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    middleware.MEMORY.clear()
    return fuzzing.Fuzzer(fuzz_world.open_world(as_superuser))


def test_no_request_made_up_from_the_document_breaks_the_server_or_gives_anothers_row(fuzzer: fuzzing.Fuzzer) -> None:
    until = time.monotonic() + SECONDS if SECONDS else None
    result = fuzzer.run(seed=SEED, share=1.0 if SECONDS else SHARE, until=until)
    print(result.report())
    assert result.calls > 50
    # Of every hundred operations some thirty answer a made-up request with 2xx (docs/benchmarks.md).
    assert len(result.reached) > result.operations * (0.3 if SECONDS else SHARE * 0.1)
    assert not result.findings, "\n".join(str(one) for one in result.distinct)


def test_the_fuzzer_sees_a_row_of_another_organisation(fuzzer: fuzzing.Fuzzer, as_superuser: Any) -> None:
    """Were the policies gone, the marks and ids would be found: the search can fail."""
    tables = fuzzer.world.tables
    for table in tables:
        as_superuser.execute(f"CREATE POLICY hole ON {table} FOR SELECT USING (true)")
    try:
        answer = fuzzer.world.callers["safety_manager"].client.get("/api/warnings", {"size": 200})
        name = "GET /api/warnings"
        assert fuzzing.others_in(fuzzer.world, name, "safety_manager", answer.content)
        without = MARK.sub("", answer.content.decode()).encode()
        assert fuzzing.others_in(fuzzer.world, name, "safety_manager", without), "by its ids alone"
        packed = gzip.compress(answer.content)
        assert fuzzing.others_in(fuzzer.world, "", "worker", packed), "in a file"
    finally:
        for table in tables:
            as_superuser.execute(f"DROP POLICY hole ON {table}")

"""What holds for every test."""

import os
import uuid

import pytest
from hypothesis import HealthCheck, settings

from tests import deep as extra_deep
from tests import homes

# A property must hold however busy the machine is: hypothesis counts examples, not milliseconds.
settings.register_profile("yufang", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yufang")

# Files that take longest, in seconds of a quiet core, the longest first. A file is one worker's: begun last, such a
# one would keep a single core busy at the end. The others follow in their order.
LONGEST = (
    *("browser/test_axe", "browser/test_console_work", "browser/test_case_desk", "browser/test_console_looks"),
    *("browser/test_graph", "browser/test_worker", "server/test_process", "browser/test_inspections"),
    *("browser/test_verification", "upgrade/test_upgrade", "server/test_external", "browser/test_hazards"),
    *("browser/test_decisions", "browser/test_rates", "browser/test_profiles", "browser/test_what_if"),
    *("browser/test_linkage", "lake/test_spark", "server/test_fuzz", "server/test_governance", "browser/test_live"),
    *("browser/test_accounts", "browser/test_privacy", "browser/test_proof", "browser/test_lake"),
    *("browser/test_attribution", "browser/test_dispatch", "server/test_backups", "server/test_matrix"),
    *("server/test_isolation", "server/test_row_security", "server/test_alerts", "server/test_accounts"),
    "deploy/test_nginx",
    *("bench/test_coding", "bench/test_deduction", "commands/test_bad_input", "server/test_operations"),
    *("server/test_online_migrations", "server/test_speed", "server/test_sound", "server/dispatch/test_telling"),
)
_PLACES = {f"tests/{name}.py": place for place, name in enumerate(LONGEST)}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _PLACES.get(item.nodeid.partition("::")[0], len(LONGEST)))


def pytest_configure() -> None:
    os.environ.setdefault(homes.RUN, uuid.uuid4().hex)  # the processes of a parallel run inherit it


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        homes.remove()


@pytest.fixture(scope="session")
def deep() -> None:
    """PyTorch and transformers are there."""
    extra_deep.install()

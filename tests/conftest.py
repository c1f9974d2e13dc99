"""What holds for every test."""

import os
import uuid

import pytest
from hypothesis import HealthCheck, settings

from tests import homes

# A property must hold however busy the machine is: hypothesis counts examples, not milliseconds.
settings.register_profile("yufang", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("yufang")


def pytest_configure() -> None:
    os.environ.setdefault(homes.RUN, uuid.uuid4().hex)  # the processes of a parallel run inherit it


def pytest_sessionfinish(session: pytest.Session) -> None:
    if not hasattr(session.config, "workerinput"):
        homes.remove()

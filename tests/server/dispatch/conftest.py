"""Receivers of every channel, and a region in which nobody has a way to be told yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from tests.server import receivers
from tests.server.dispatch.made import KEY, PLATFORM, SECRET, TOKEN
from tests.server.test_answering import run_jobs
from yufang.server import database
from yufang.server.accounts.models import Organisation, Person
from yufang.server.dispatch.models import Channel, Notice, Reach
from yufang.server.scope import scoped


@pytest.fixture(scope="module", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A home folder of its own, and loopback let through as an operator would do it."""
    before = django_settings.CONFIG
    django_settings.CONFIG = before.model_copy(
        update={
            "home": tmp_path_factory.mktemp("dispatch"),
            "private_networks": "127.0.0.0/8",
            "public_url": "https://yf.example.org",
        }
    )
    yield
    django_settings.CONFIG = before


@pytest.fixture(scope="module")
def http() -> Iterator[receivers.HttpReceiver]:
    made = receivers.HttpReceiver(
        {
            "/robot/send": receivers.dingtalk(TOKEN, SECRET),
            "/cgi-bin/webhook/send": receivers.wecom(KEY),
            "/open-apis/bot/v2/hook/": receivers.feishu(SECRET),
            "/jsonrpc/sms": receivers.smseagle(TOKEN),
            "/hook": lambda _: (204, {}),
            "/push": lambda _: (201, {}),
            "/gone": lambda _: (410, {}),
            "/busy": lambda _: (429, {}),
            "/moved": lambda _: (302, {}),
            "/down": lambda _: (503, {}),
        }
    )
    yield made
    made.close()


@pytest.fixture(scope="module")
def world(region: Any) -> dict[str, Any]:
    """The demo's enterprise with its people."""
    with scoped(PLATFORM):
        people = {p.username: p for p in Person.objects.all()}
        home = Organisation.objects.get(id=people["safety_manager"].organisation_id)
    return {"home": home, **people}


@pytest.fixture
def work(cluster: database.Database, empty_database: str) -> Any:
    """Let the worker do what waits."""
    return lambda: run_jobs(cluster.web, empty_database)


@pytest.fixture(autouse=True)
def nobody_has_a_way(region: Any) -> Iterator[None]:
    yield
    with scoped(PLATFORM):
        Reach.objects.all().delete()
        Channel.objects.all().delete()
        Notice.objects.all().delete()

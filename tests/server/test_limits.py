"""Budgets: what is over them is refused with 429, and nobody can spend another's."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from tests.server.conftest import TokenClient, signed_in
from yufang.server.limits import middleware, rules
from yufang.server.limits.buckets import Budget, Memory, Shared, Store, take_all

RIGHT, WRONG = "yufang-demo", "guessed"


@pytest.fixture(autouse=True)
def whole_budgets(region: Any, as_superuser: Any) -> Iterator[None]:
    as_superuser.execute("DELETE FROM limits_bucket")
    middleware.MEMORY.clear()
    yield
    middleware.MEMORY.clear()


def attempt(username: str, password: str, address: str = "203.0.113.7", client: Client | None = None) -> Any:
    client = client or TokenClient()
    client.get("/api/auth/me", REMOTE_ADDR="192.0.2.1")
    body = {"username": username, "password": password}
    return client.post("/api/auth/sign-in", body, REMOTE_ADDR=address)


def later(as_superuser: Any, seconds: float) -> None:
    as_superuser.execute("UPDATE limits_bucket SET until = until - %s * interval '1 second'", [seconds])


def spent(as_superuser: Any, budget: Budget, whose: str) -> None:
    """As after `count` uses just now."""
    as_superuser.execute(
        "INSERT INTO limits_bucket VALUES (%s, now() + %s * interval '1 second') "
        "ON CONFLICT (key) DO UPDATE SET until = excluded.until",
        [middleware.SHARED._key((budget, whose)), budget.period],
    )


@pytest.mark.parametrize("store", [Memory(), Shared()], ids=["memory", "database"])
def test_a_budget_gives_its_count_at_once_and_then_one_at_a_time(store: Store) -> None:
    charge = (Budget("test", 3, 0.6), "somebody")
    assert [store.take(charge) for _ in range(3)] == [0.0, 0.0, 0.0]
    assert store.look(charge) > 0
    assert store.take(charge) > 0
    store.give_back(charge)
    assert store.look(charge) == 0.0
    assert store.take(charge) == 0.0
    assert store.take((charge[0], "somebody else")) == 0.0
    assert store.take(charge) > 0


@pytest.mark.parametrize("store", [Memory(), Shared()], ids=["memory", "database"])
def test_of_several_budgets_all_are_taken_or_none(store: Store) -> None:
    wide, narrow = (Budget("wide", 5, 600), "x"), (Budget("narrow", 1, 600), "x")
    assert take_all(store, [wide, narrow]) == 0.0
    for _ in range(20):
        assert take_all(store, [wide, narrow]) > 0
    assert [store.take(wide) for _ in range(5)][:4] == [0.0] * 4, "what was refused took nothing of the wide one"


def test_takers_at_once_get_no_more_than_there_is(region: Any) -> None:
    charge = (Budget("many at once", 10, 600), "x")

    def take(_: int) -> float:
        try:
            return Shared().take(charge)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        assert sum(wait == 0 for wait in pool.map(take, range(40))) == 10


def test_memory_stays_bounded_under_addresses_without_end() -> None:
    store = Memory(most_keys=100)
    budget = Budget("flood", 2, 600)
    for n in range(1_000):
        store.take((budget, str(n)))
    assert len(store._until) <= 100


def test_failed_sign_ins_of_a_name_from_an_address_end_and_say_when_to_go_on(as_superuser: Any) -> None:
    limit = django_settings.CONFIG.sign_in_tries
    assert [attempt("auditor", WRONG).status_code for _ in range(limit)] == [400] * limit
    refused = attempt("auditor", RIGHT)
    assert refused.status_code == 429, "the right password must wait too, or the answer would tell it"
    assert 1 <= int(refused.headers["Retry-After"]) <= django_settings.CONFIG.sign_in_window_minutes * 60
    assert refused.json()["code"] == "too_many_tries"
    assert "分钟后再试" in refused.json()["message_zh"] or "秒后再试" in refused.json()["message_zh"]
    assert "try again in" in refused.json()["message_en"]
    later(as_superuser, django_settings.CONFIG.sign_in_window_minutes * 60)
    assert attempt("auditor", RIGHT).status_code == 200


def test_the_victim_is_not_locked_out_by_who_guesses_elsewhere() -> None:
    for _ in range(django_settings.CONFIG.sign_in_tries + 1):
        last = attempt("auditor", WRONG, "203.0.113.66")
    assert last.status_code == 429
    assert attempt("auditor", RIGHT, "203.0.113.7").status_code == 200, "from another address at once"


def test_a_known_device_gets_in_while_guesses_come_from_its_own_address_and_from_everywhere(as_superuser: Any) -> None:
    known = TokenClient()
    assert attempt("auditor", RIGHT, client=known).status_code == 200
    known.post("/api/auth/sign-out")
    for _ in range(django_settings.CONFIG.sign_in_tries + 1):
        attempt("auditor", WRONG)
    spent(as_superuser, rules.SIGN_INS_OF_NAME, "auditor")
    spent(as_superuser, rules.SIGN_INS_OF_ALL, "")
    assert attempt("auditor", RIGHT).status_code == 429, "any other device waits"
    assert attempt("auditor", RIGHT, client=known).status_code == 200
    assert attempt("supervisor", RIGHT, client=known).status_code == 429, "it is known for that name only"


def test_a_device_cookie_gives_no_endless_guesses_and_can_not_be_made_up() -> None:
    stolen = TokenClient()
    assert attempt("auditor", RIGHT, client=stolen).status_code == 200
    statuses = [attempt("auditor", WRONG, client=stolen).status_code for _ in range(rules.SIGN_INS_OF_DEVICE.count + 1)]
    assert statuses == [400] * rules.SIGN_INS_OF_DEVICE.count + [429]
    cookie = stolen.cookies["yufang_device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/api/auth")
    assert "auditor" not in cookie.value
    forged = TokenClient()
    forged.cookies["yufang_device"] = cookie.value[:-3] + "AAA"
    tries = django_settings.CONFIG.sign_in_tries
    codes = [attempt("coder", WRONG, "203.0.113.9", forged).status_code for _ in range(tries + 1)]
    assert codes[-1] == 429


def test_many_addresses_together_are_slowed_to_a_trickle_of_their_own(as_superuser: Any) -> None:
    spent(as_superuser, rules.SIGN_INS_OF_ALL, "")
    later(as_superuser, -10)  # a slow machine must not give it back meanwhile
    refused = attempt("coder", WRONG, "198.51.100.200")
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) <= 15, "a trickle goes on: new devices get in between"


def test_one_account_stands_at_most_a_hundred_failures_an_hour_from_everywhere(as_superuser: Any) -> None:
    assert (rules.SIGN_INS_OF_NAME.count, rules.SIGN_INS_OF_NAME.period) == (100, 3600)
    spent(as_superuser, rules.SIGN_INS_OF_NAME, "coder")
    assert attempt("coder", WRONG, "198.51.100.201").status_code == 429


def test_sign_ins_that_hold_cost_nothing() -> None:
    for _ in range(3 * django_settings.CONFIG.sign_in_tries):
        assert attempt("auditor", RIGHT).status_code == 200


def test_neither_names_nor_addresses_stand_in_the_table(as_superuser: Any) -> None:
    attempt("my secret typed in the wrong field", WRONG)
    rows = as_superuser.execute("SELECT key FROM limits_bucket").fetchall()
    assert len(rows) >= 4
    assert not [r for r in rows if "secret" in r[0] or "203." in r[0]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("get", "/api/report/follow/AAAA-BBBB", None),
        ("get", "/api/report/places/nowhere", None),
        ("post", "/api/participation/claims", {"code": "AAAA-BBBB-CCCC"}),
        ("post", "/api/edge/enrol", {"token": "guess", "public_key": "x", "version": "1"}),
        ("get", "/ack/guess", None),
    ],
)
def test_guesses_at_codes_and_tokens_end(method: str, path: str, body: Any) -> None:
    client = TokenClient()
    args = [path] if body is None else [path, body]
    codes = [getattr(client, method)(*args, REMOTE_ADDR="203.0.113.7").status_code for _ in range(31)]
    assert codes[-1] == 429 or 422 in codes, codes
    assert 200 not in codes
    if 422 not in codes:
        assert set(codes[:30]) <= rules.FAILED
        other = getattr(client, method)(*args, REMOTE_ADDR="203.0.113.8")
        assert other.status_code in rules.FAILED, "another address goes on"


def test_guesses_at_reports_are_counted_in_memory_alone(as_superuser: Any) -> None:
    Client().get("/api/report/follow/AAAA-BBBB", REMOTE_ADDR="203.0.113.7")
    assert as_superuser.execute("SELECT count(*) FROM limits_bucket").fetchone() == (0,)


def test_a_persons_budget_is_the_persons_own_and_strangers_pay_by_address(sign_in: Any, settings: Any) -> None:
    few = {"requests_per_minute": 30, "anonymous_per_minute": 30}
    settings.CONFIG = settings.CONFIG.model_copy(update=few)
    one, other = sign_in("auditor"), sign_in("supervisor")
    middleware.MEMORY.clear()
    codes = [one.get("/api/industries").status_code for _ in range(32)]
    assert (codes[:30], codes[-1]) == ([200] * 30, 429)
    assert other.get("/api/industries").status_code == 200, "the same address, another person"
    codes = [Client().get("/api/auth/demo-accounts").status_code for _ in range(32)]
    assert (codes[:29], codes[-1]) == ([200] * 29, 429)
    made_up = Client()
    made_up.cookies[settings.SESSION_COOKIE_NAME] = "0123456789abcdef0123456789abcdef"
    assert made_up.get("/api/auth/me").status_code == 429, "a made-up session is nobody's"
    assert Client().get("/api/health").status_code == 200, "what watches over the server is always answered"


def test_ipv6_is_counted_by_the_network_that_one_household_holds() -> None:
    assert rules.network("2001:db8:1:2:3::4") == rules.network("2001:db8:1:2:ffff::1")
    assert rules.network("2001:db8:1:2::1") != rules.network("2001:db8:1:3::1")
    assert rules.network("::ffff:203.0.113.7") == "203.0.113.7"


def test_who_finds_every_connection_taken_is_told_to_come_again_and_not_that_something_broke(rf: Any) -> None:
    from django.db import OperationalError
    from psycopg_pool import PoolTimeout

    from yufang.server.web import server_error

    try:
        try:
            raise PoolTimeout("couldn't get a connection after 12.00 sec")
        except PoolTimeout as error:
            raise OperationalError("couldn't get a connection") from error
    except OperationalError:
        busy = server_error(rf.get("/api/warnings"))
    assert (busy.status_code, busy.headers["Retry-After"]) == (503, "5")
    assert json.loads(busy.content)["code"] == "busy"
    try:
        raise OperationalError("deadlock detected") from psycopg.errors.DeadlockDetected("deadlock detected")
    except OperationalError:
        assert json.loads(server_error(rf.get("/api/warnings")).content)["code"] == "busy", "it was taken back"
    try:
        raise OperationalError("out of memory") from psycopg.errors.OutOfMemory("out of memory")
    except OperationalError:
        assert server_error(rf.get("/api/warnings")).status_code == 500


def test_who_loses_the_database_is_told_to_look_whether_it_was_done(rf: Any, empty_database: str) -> None:
    from django.db import OperationalError, connection

    from yufang.server.web import server_error

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    except OperationalError:
        broken = server_error(rf.get("/api/warnings"))
    finally:
        connection.close()
    assert (broken.status_code, broken.headers["Retry-After"]) == (503, "5")
    assert json.loads(broken.content)["code"] == "broke_off"


def test_a_body_that_is_no_upload_and_too_large_is_told_so_in_json(region: Any) -> None:
    answer = signed_in("supervisor").post("/api/rates/tables", {"text": "a" * 3_000_000})
    assert answer.status_code == 413
    assert answer.json()["code"] == "too_large"
    assert "2 MB" in answer.json()["message_zh"]

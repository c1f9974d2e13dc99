"""Fields of people are sealed in the database, found by blind index, and keys turn without a value lost."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.core.exceptions import FieldError

from yufang.server.scope import Actor, scoped

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
NUMBER = "11010519491231002X"
SECRETS = (NUMBER, "13912345678", "1949", "epilepsy", "不宜高处作业")


@pytest.fixture(scope="module")
def people(region: Any) -> dict[str, tuple[int, str]]:
    """username → (id, path)."""
    from yufang.server.accounts.models import Person

    with scoped(Actor.platform()):
        return {p.username: (p.pk, p.path) for p in Person.objects.all()}


@pytest.fixture(scope="module")
def details(people: Any) -> int:
    """The worker's details, kept by the platform; the worker's id."""
    from yufang.server.privacy import actions
    from yufang.server.privacy.contracts import DetailsIn, FitnessNotes

    health = FitnessNotes(fit=False, contraindications=["epilepsy"], note="不宜高处作业")
    body = DetailsIn(identity_number=NUMBER, phone="13912345678", birth_year=1949, health=health)
    actions.put_details(Actor.platform(), people["worker"][0], body)
    return people["worker"][0]


def _dump(as_superuser: psycopg.Connection[Any]) -> bytes:
    """Every row of every table, as COPY gives it."""
    tables = as_superuser.execute("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'").fetchall()
    found = b""
    for (table,) in tables:
        with as_superuser.cursor().copy(f"COPY {table} TO STDOUT") as copy:
            found += b"".join(bytes(part) for part in copy)
    return found


def test_the_database_holds_no_plain_value(details: int, as_superuser: Any) -> None:
    dump = _dump(as_superuser)
    assert b"y1.k1." in dump
    assert "李安全（演示）".encode() in dump, "the dump must be able to show plain text"
    for secret in SECRETS:
        assert secret.encode() not in dump.replace(b"1949-", b""), secret


def test_nor_do_logs(people: Any, details: int, caplog: Any, sign_in: Any) -> None:
    caplog.set_level("DEBUG")
    answer = sign_in("safety_manager").post(f"/api/privacy/people/{details}/reads", {"purpose": "drill", "full": True})
    assert answer.json()["identity_number"] == NUMBER
    assert not any(secret in caplog.text for secret in SECRETS)


def test_a_value_opens_in_its_own_row_only(details: int, people: Any, as_superuser: Any) -> None:
    """Somebody with SQL copies a number to their own row: it doesn't open there."""
    from yufang.server.privacy.models import PersonalDetails
    from yufang.server.privacy.ring import KeyProblem

    other, path = people["team_leader"]
    as_superuser.execute(
        "INSERT INTO privacy_personaldetails (person_id, path, identity_number, identity_index, phone, birth_year, "
        "changed_at) SELECT %s, %s, identity_number, '', identity_number, '', now() FROM privacy_personaldetails "
        "WHERE person_id = %s",
        [other, path, details],
    )
    with scoped(Actor.platform()):
        stolen = PersonalDetails.objects.get(person_id=other)
        with pytest.raises(KeyProblem, match="moved"):
            _ = stolen.identity_number
        assert PersonalDetails.objects.get(person_id=details).identity_number == NUMBER
    as_superuser.execute("DELETE FROM privacy_personaldetails WHERE person_id = %s", [other])


def test_equal_values_look_different_and_are_found_by_index_only(details: int) -> None:
    from yufang.server.privacy import vault
    from yufang.server.privacy.models import PersonalDetails

    assert vault.seal(b"x", "t.c", 1) != vault.seal(b"x", "t.c", 1)
    with pytest.raises(FieldError, match="sealed"):
        PersonalDetails.objects.filter(identity_number=NUMBER)
    with pytest.raises(FieldError, match="sealed"), scoped(Actor.platform()):
        PersonalDetails.objects.update(phone="1")
    with scoped(Actor.platform()):
        index = vault.fingerprint("details.identity_number", NUMBER.lower())
        assert PersonalDetails.objects.get(identity_index=index).person_id == details


def test_a_turn_that_is_killed_midway_loses_nothing_and_is_ended_by_the_next(people: Any, details: int) -> None:
    from yufang.server.accounts.models import Person
    from yufang.server.privacy import rotation, vault
    from yufang.server.privacy.actions import details_out, put_details
    from yufang.server.privacy.contracts import DetailsIn

    platform = Actor.platform()
    everybody = sorted(person for person, _ in people.values())
    for n, person in enumerate(p for p in everybody if p != details):
        put_details(platform, person, DetailsIn(phone=f"138000000{n:02d}"))

    class Killed(BaseException):
        pass

    told: list[int] = []

    def die(column: str, n: int) -> None:
        told.append(n)
        if len(told) == 2:
            raise Killed

    with pytest.raises(Killed):
        rotation.rotate(platform, NOW, die, batch=1)
    ring = vault.file_ring()
    states = {key: about["state"] for key, about in ring.keys().items()}
    old = next(key for key, state in states.items() if state == "leaving")
    assert list(states.values()).count("at_work") == 1
    left = sum(rotation.rows_under(platform, old).values())
    assert left > 0, "it was cut off in the middle"
    with scoped(platform):
        assert details_out(Person.objects.get(id=details), full=True).identity_number == NUMBER
    turned = rotation.rotate(platform, NOW, batch=2)
    assert turned.old == old
    assert sum(turned.values.values()) == left
    assert sum(rotation.rows_under(platform, old).values()) == 0
    assert ring.keys()[old]["state"] == "retired"
    with scoped(platform):
        phones = {details_out(Person.objects.get(id=person), full=False).phone for person in everybody}
    assert len(phones) == len(everybody)
    rotation.destroy(platform, old)
    assert old not in set(ring.keys())


def test_a_key_that_rows_carry_is_not_destroyed(details: int) -> None:
    from yufang.server.privacy import rotation, vault
    from yufang.server.privacy.ring import KeyProblem

    with pytest.raises(KeyProblem, match="still under"):
        rotation.destroy(Actor.platform(), vault.file_ring().at_work())


def test_the_key_file_is_for_this_user_only(details: int) -> None:
    from yufang.server.privacy import vault
    from yufang.server.privacy.ring import FileKeyRing, KeyProblem

    file = vault.file_ring().file
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o644)
    with pytest.raises(KeyProblem, match="chmod 600"):
        FileKeyRing(file).at_work()
    file.chmod(0o600)


def test_what_earlier_versions_left_is_sealed_by_a_command_that_may_run_twice(people: Any, as_superuser: Any) -> None:
    """Contacts of reporters and addresses of people were under other ciphers before."""
    import json

    from cryptography.fernet import Fernet

    from yufang.server.dispatch.sealing import _box, unseal_way
    from yufang.server.privacy import rotation
    from yufang.server.reports import keys

    worker, path = people["worker"]
    old_way = _box().encrypt(json.dumps("13700001111").encode()).decode()
    as_superuser.execute(
        "INSERT INTO dispatch_reach (path, person_id, kind, sealed, hint, position, enabled) "
        "VALUES (%s, %s, 'sms', %s, '137****1111', 0, true)",
        [path, worker, old_way],
    )
    assert unseal_way(worker, old_way) == "13700001111", "what is not sealed anew yet can be read"
    done = rotation.seal_plain(Actor.platform(), batch=1)
    assert done["dispatch_reach.sealed"] == 1
    stored = as_superuser.execute("SELECT sealed FROM dispatch_reach WHERE person_id = %s", [worker]).fetchone()[0]
    assert stored.startswith("y1.")
    assert unseal_way(worker, stored) == "13700001111"
    assert rotation.seal_plain(Actor.platform())["dispatch_reach.sealed"] == 0
    box = Fernet(Fernet.generate_key())
    with pytest.raises(ValueError, match="another key"):
        keys.unsealed(box.encrypt(b"{}"), "0")


def test_two_processes_that_start_at_once_read_one_ring(tmp_path: Any) -> None:
    code = (
        "import sys; from pathlib import Path; from yufang.server.privacy.ring import FileKeyRing; "
        "print(FileKeyRing(Path(sys.argv[1])).fingerprint('x', b'y').hex())"
    )
    python = [os.sys.executable, "-c", code, str(tmp_path / "field_keys.json")]
    started = [subprocess.Popen(python, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert len({process.communicate()[0] for process in started}) == 1

"""The world that the fuzzer asks in: two marked regions, a caller for each role, and what puts it right again.

Every free text of every tenant row carries the mark of its organisation, ⟦/1/23/⟧, so that a row of another shows in
whatever form it is given: a list, an export, a file, an event.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.contrib.auth.hashers import make_password
from django.test import Client

from tests.server.conftest import TokenClient, signed_in
from tests.server.rows import tenant_models

ANONYMOUS, UNKNOWN_KEY, SERVICE_KEY, LEDGER_KEY, NODE = (
    "anonymous",
    "unknown key",
    "service key",
    "ledger key",
    "edge node",
)
# Columns whose texts people read; codes and states would break what looks at them.
_FREE = re.compile(
    r"^(name|title|note|reason|text|words|detail|about|narrative|description|why|subject|label|place|remark|answer|"
    r"contact|address|body|comment|message|question|opinion|site|where_?)(_zh|_en)?$"
)
# Put back when a made-up request closed, moved or barred who asks.
_KEPT = ("accounts_organisation", "accounts_role", "accounts_person", "accounts_servicekey", "edge_edgenode")


@dataclass(slots=True)
class Caller:
    """Who asks: a client, the part of the tree it may see ("" for none), and what it puts on each request."""

    client: Client
    scope: str
    headers: Callable[[str, str, bytes], dict[str, str]] = lambda method, target, body: {}


@dataclass
class World:
    """`callers` by role; `ids`: name of a parameter or field → real ids of all organisations."""

    admin: psycopg.Connection[Any]
    tables: list[str]
    callers: dict[str, Caller]
    people: frozenset[str] = frozenset()  # callers who sign in; the others carry a key or nothing
    ids: dict[str, list[Any]] = field(default_factory=dict)
    paths: dict[int, str] = field(default_factory=dict)  # of organisations
    shut_out: dict[str, str] = field(default_factory=dict)  # role → what sign-in said

    def keep(self) -> None:
        """Remember the rows that `restore` puts back."""
        for table in _KEPT:
            self.admin.execute(f"CREATE TABLE IF NOT EXISTS fuzz_{table} AS SELECT * FROM {table}")
        self.look()

    def look(self) -> None:
        """Mark new rows, and learn their ids; whoever was shut out may try again."""
        self.shut_out.clear()
        mark_rows(self.admin, self.tables)
        self.ids = real_ids(self.admin, self.tables)
        self.paths = dict(self.admin.execute("SELECT id, path FROM accounts_organisation").fetchall())

    def restore(self) -> None:
        """Everybody may come in again as before; what was opened in an emergency is over."""
        self.admin.execute("SET session_replication_role = replica")
        for table in _KEPT:
            columns = [
                row[0]
                for row in self.admin.execute(
                    "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = "
                    "'NEVER' AND column_name NOT IN ('id', 'signed_us') AND is_identity = 'NO'",
                    [table],
                )
            ]
            put = ", ".join(f'"{c}" = k."{c}"' for c in columns)
            key = "name" if table == "accounts_role" else "id"
            self.admin.execute(f"UPDATE {table} t SET {put} FROM fuzz_{table} k WHERE t.{key} = k.{key}")
            self.admin.execute(
                f"INSERT INTO {table} SELECT * FROM fuzz_{table} k WHERE NOT EXISTS "
                f"(SELECT 1 FROM {table} t WHERE t.{key} = k.{key})"
            )
        self.admin.execute("SET session_replication_role = origin")
        self.admin.execute("DELETE FROM mfa_authenticator")
        self.admin.execute("DELETE FROM accounts_signintry")
        self.admin.execute("DELETE FROM limits_bucket")
        self.admin.execute("UPDATE accounts_breakglass SET closed_at = now() WHERE closed_at IS NULL")

    def come_in_again(self, role: str) -> None:
        """A request ended the session of `role`, or the person's account. Who can't be let in is shut out for the rest
        of the round, and named."""
        if role in self.shut_out:
            return
        for again in (False, True):
            if again:
                self.restore()
            try:
                self.callers[role].client = signed_in(role)
                return
            except AssertionError as refusal:
                self.shut_out[role] = str(refusal)[:300]
            if not again:
                del self.shut_out[role]

    def sees(self, role: str, path: str) -> bool:
        """Whether `role` may see a row of `path`: in its scope, or an organisation above it."""
        scope = self.callers[role].scope
        return bool(scope) and (path.startswith(scope) or scope.startswith(path))

    def opened(self, role: str, path: str) -> bool:
        """Whether `role` was given more of the tree meanwhile: moved, or by an emergency that is on record, which also
        shows what stands above."""
        row = self.admin.execute(
            "SELECT 1 FROM accounts_person p WHERE username = %s AND (starts_with(%s, scope) OR EXISTS (SELECT 1 FROM "
            "accounts_breakglass g WHERE g.person_id = p.id AND (starts_with(%s, g.path) OR starts_with(g.path, %s))))",
            [role, path, path, path],
        ).fetchone()
        return row is not None


def open_world(admin: psycopg.Connection[Any]) -> World:
    """A caller for each role, for nobody, for keys that hold and one that does not, and for an edge node."""
    people = _people(admin)
    quick = make_password("yufang-demo", hasher="md5")  # some hundred sign-ins follow
    admin.execute("UPDATE accounts_person SET password = %s WHERE username = ANY(%s)", [quick, [n for n, _ in people]])
    callers = {name: Caller(signed_in(name), scope) for name, scope in people}
    nobody = TokenClient()
    nobody.get("/api/auth/me")  # sets the CSRF cookie
    callers[ANONYMOUS] = Caller(nobody, "")
    unknown = {"Authorization": "Bearer yufang_" + "0" * 43}
    callers[UNKNOWN_KEY] = Caller(Client(), "", lambda method, target, body: unknown)
    callers[SERVICE_KEY] = _key(admin, "safety_manager", None)
    callers[LEDGER_KEY] = _key(admin, "supervisor", ["ledger.read"])
    callers[NODE] = _node(admin)
    tables = [model._meta.db_table for model in tenant_models()]
    world = World(admin, tables, callers, frozenset(name for name, _ in people))
    world.keep()
    return world


def _people(admin: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    """(name, scope) of one person for each role; roles that the demo gives nobody get one at the demo's enterprise."""
    from yufang.server.accounts.actions import admit_person
    from yufang.server.accounts.models import Person, Role
    from yufang.server.scope import Actor, scoped

    with scoped(Actor.platform()):
        roles = list(Role.objects.order_by("name").values_list("name", flat=True))
        known = set(Person.objects.values_list("username", flat=True))
        home = Person.objects.get(username="safety_manager").organisation_id
    for name in roles:
        if name not in known:
            more: dict[str, Any] = {"name": name, "name_en": name, "roles": [name]}
            admit_person(Actor.platform(), organisation_id=home, username=name, password="yufang-demo", **more)
    query = "SELECT username, scope FROM accounts_person WHERE username = ANY(%s) ORDER BY id"
    return admin.execute(query, [roles]).fetchall()


def _key(admin: psycopg.Connection[Any], maker: str, permissions: list[str] | None) -> Caller:
    """A service key of the maker's organisation, with all that the maker can give or with `permissions`."""
    client = signed_in(maker)
    if permissions is None:
        permissions = client.get("/api/accounts/keys/grantable").json()
    query = "SELECT organisation_id, scope FROM accounts_person WHERE username = %s"
    organisation, scope = admin.execute(query, [maker]).fetchone() or (0, "")
    body = {"name": "fuzz", "organisation_id": organisation, "permissions": permissions, "days": 30}
    made = client.post("/api/accounts/keys", body)
    assert made.status_code < 300, made.content
    headers = {"Authorization": f"Bearer {made.json()['key']}"}
    return Caller(Client(), scope, lambda method, target, body: headers)


def _node(admin: psycopg.Connection[Any]) -> Caller:
    """An edge node of the demo's enterprise, which signs what it sends."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from yufang.edge.enrolment import enrolment_proof
    from yufang.edge.identity import encoded, public_text, sign_request
    from yufang.server.edge import actions
    from yufang.server.edge.contracts import EdgeNodeIn
    from yufang.server.scope import Actor

    query = "SELECT organisation_id, scope FROM accounts_person WHERE username = 'safety_manager'"
    home, scope = admin.execute(query).fetchone() or (0, "")
    token = actions.open_node(Actor.platform(), EdgeNodeIn(organisation_id=home, name=f"fuzz-{time.time_ns()}")).token
    key = Ed25519PrivateKey.generate()
    proof = encoded(key.sign(enrolment_proof(token, public_text(key))))
    body = {"token": token, "public_key": public_text(key), "proof": proof}
    enrolled = Client().post("/api/edge/enrol", json.dumps(body), content_type="application/json")
    node_id = enrolled.json()["node_id"]

    def signed(method: str, target: str, body: bytes) -> dict[str, str]:
        return dict(sign_request(key, node_id, method, target, body, time.time_ns() // 1000))

    return Caller(Client(), scope, signed)


def mark_rows(admin: psycopg.Connection[Any], tables: list[str]) -> int:
    """Put the path of its organisation into the free texts of every tenant row. Number of cells marked."""
    marked = 0
    for table in tables:
        columns = admin.execute(
            "SELECT column_name, character_maximum_length FROM information_schema.columns "
            "WHERE table_name = %s AND data_type IN ('character varying', 'text') AND is_generated = 'NEVER'",
            [table],
        ).fetchall()
        for column, longest in columns:
            if not _FREE.match(column):
                continue
            fits = f"AND length({column}) + length(path) + 2 <= {longest}" if longest else ""
            try:
                done = admin.execute(
                    f"UPDATE {table} SET {column} = {column} || '⟦' || path || '⟧' "
                    f"WHERE {column} <> '' AND {column} NOT LIKE '%⟦%' {fits}"
                )
                marked += done.rowcount
            except psycopg.Error:  # a rule of the table's own: its texts are no free ones
                continue
    return marked


_PARAMETERS = {
    "point_id": "deduction_hazardpoint",
    "warning_id": "warning_warning",
    "case_id": "cases_injurycase",
    "area_id": "places_area",
    "hazard_id": "hazards_hazard",
    "site_plan": "places_plan",
    "channel_id": "dispatch_channel",
    "sensing_channel": "sensing_channel",
    "sensing_source": "sensing_source",
    "edge_node": "edge_edgenode",
    "version_id": "governance_modelversion",
}


def real_ids(admin: psycopg.Connection[Any], tables: list[str]) -> dict[str, list[Any]]:
    """Name of a parameter → real ids, of all organisations."""
    by_table = {
        t: [r[0] for r in admin.execute(f"SELECT id FROM {t} ORDER BY random() LIMIT 40").fetchall()]
        for t in tables
        if _has_id(admin, t)
    }
    people = [r[0] for r in admin.execute("SELECT id FROM accounts_person ORDER BY id LIMIT 40").fetchall()]
    enterprises = admin.execute("SELECT id FROM accounts_organisation WHERE kind = 'enterprise'").fetchall()
    organisations = [
        r[0] for r in admin.execute("SELECT id FROM accounts_organisation ORDER BY id LIMIT 60").fetchall()
    ]
    found: dict[str, list[Any]] = dict.fromkeys(("person_id", "to", "of", "worn_person", "first_coder"), people)
    found |= {"enterprise_id": [r[0] for r in enterprises], "organisation_id": organisations}
    for table, ids in by_table.items():
        name = table.split("_", 1)[1]
        if ids:
            found.setdefault(f"{name}_id", ids)
            found.setdefault(name, ids)
    for parameter, table in _PARAMETERS.items():
        if by_table.get(table):
            found[parameter] = by_table[table]
    return found


def _has_id(admin: psycopg.Connection[Any], table: str) -> bool:
    query = "SELECT 1 FROM information_schema.columns WHERE table_name = %s AND column_name = 'id'"
    return admin.execute(query, [table]).fetchone() is not None

"""Who may call what: every route as every role, against the written matrix docs/security/matrix.csv.

A cell says what answers the role at the door: `yes` it is let in (whatever then comes of the request), `no` it is
refused with 403, `401` it is asked to sign in, `unreached: field` the made-up request is not valid, so that the door
was not asked (the room's own tests ask it). `make matrix` writes the file anew; whoever commits it read what
changed.
"""

from __future__ import annotations

import csv
import io
import os
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart

from tests.server.conftest import TokenClient, signed_in
from tests.server.test_isolation import BODIES, OTHERS, QUERIES
from yufang.server.limits import middleware

MATRIX = Path(__file__).parents[2] / "docs/security/matrix.csv"
STREAMS = {"/api/events"}  # asked without reading on
NOBODY = "anonymous"
# Whose rows the made region has; whatever else is asked for needn't be there for the door to show.
OWN = ("enterprise_id", "point_id", "warning_id", "case_id", "area_id")
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8ffff3f0005fe02fe0def46b8"
    "0000000049454e44ae426082"
)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document."""
    from yufang.server.api import api

    return dict(api.get_openapi_schema())


def routes() -> list[tuple[str, str, dict[str, Any]]]:
    """(verb, path, operation) of the OpenAPI document, in its order."""
    return [(verb, path, operation) for path, verbs in document()["paths"].items() for verb, operation in verbs.items()]


def permission_in(operation: dict[str, Any]) -> str:
    """The permission that the route's own description names."""
    found = re.search(r"permission ([a-z_]+\.[a-z_]+)", operation.get("description", ""))
    return found[1] if found else ""


class Bodies:
    """The smallest body that a schema lets through, so that a request gets as far as the door."""

    def __init__(self) -> None:
        self.parts = document()["components"]["schemas"]

    def of(self, schema: dict[str, Any]) -> Any:
        if "$ref" in schema:
            return self.of(self.parts[schema["$ref"].rsplit("/", 1)[1]])
        if "default" in schema:
            return schema["default"]
        if "const" in schema or "enum" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        for several in ("anyOf", "oneOf", "allOf"):
            if several in schema:
                return self.of(next(s for s in schema[several] if s.get("type") != "null"))
        return self._plain(schema)

    def _plain(self, schema: dict[str, Any]) -> Any:
        kind = schema.get("type")
        if kind == "object":
            needed = schema.get("required", [])
            return {name: self.of(part) for name, part in schema.get("properties", {}).items() if name in needed}
        if kind == "array":
            return [self.of(schema.get("items", {})) for _ in range(schema.get("minItems", 0))]
        if kind in ("integer", "number"):
            return schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        if kind == "boolean":
            return True
        special = {
            "date": "2026-06-30",
            "date-time": "2026-06-30T08:00:00Z",
            "time": "08:00:00",
            "uuid": "00000000-0000-4000-8000-000000000000",
            "binary": "",
        }
        if schema.get("format") in special:
            return special[schema["format"]]
        if "pattern" in schema:
            from hypothesis import find
            from hypothesis import strategies as st

            return find(
                st.from_regex(schema["pattern"], fullmatch=True), lambda s: len(s) >= schema.get("minLength", 0)
            )
        return "x" * max(1, schema.get("minLength", 1))


def _ask(client: Client, verb: str, address: str, query: dict[str, Any], operation: dict[str, Any], body: Any) -> Any:
    content = (operation.get("requestBody") or {}).get("content", {})
    token = client.cookies["csrftoken"].value if "csrftoken" in client.cookies else ""
    headers = {"X-CSRFToken": token}
    if "multipart/form-data" in content:
        from django.core.files.uploadedfile import SimpleUploadedFile

        form = {k: v for k, v in (body or {}).items() if not isinstance(v, dict | list)}
        form["file"] = SimpleUploadedFile("a.png", PIXEL, "image/png")
        sent, kind = encode_multipart(BOUNDARY, form), MULTIPART_CONTENT
    elif "application/x-www-form-urlencoded" in content:
        sent, kind = urlencode(body or {}).encode(), "application/x-www-form-urlencoded"
    else:
        import json

        sent, kind = json.dumps(body or {}).encode(), "application/json"
    client.raise_request_exception = False
    where = address + ("?" + "&".join(f"{k}={v}" for k, v in query.items()) if query else "")
    return client.generic(verb.upper(), where, b"" if verb == "get" else sent, kind, headers=headers)


@pytest.fixture(scope="module")
def roles(region: Any, sign_in: Any) -> dict[str, Client]:
    """A signed-in person for each role, and nobody."""
    from yufang.server.accounts.actions import admit_person
    from yufang.server.accounts.models import Person, Role
    from yufang.server.scope import Actor, scoped

    with scoped(Actor.platform()):
        names = list(Role.objects.order_by("name").values_list("name", flat=True))
        known = set(Person.objects.values_list("username", flat=True))
        home = Person.objects.get(username="safety_manager").organisation_id
    for name in names:
        if name not in known:
            admit_person(
                Actor.platform(),
                organisation_id=home,
                username=name,
                password="yufang-demo",
                name=name,
                name_en=name,
                roles=[name],
            )
    nobody = TokenClient()
    nobody.get("/api/auth/me")  # sets the CSRF cookie
    found: dict[str, Client] = {NOBODY: nobody, **{name: signed_in(name) for name in names}}
    return found


@pytest.fixture(scope="module")
def found(roles: dict[str, Client], cluster: Any, empty_database: str) -> list[dict[str, str]]:
    """The matrix as the server answers."""
    import psycopg
    from django.conf import settings

    from tests.server.conftest import superuser

    before = settings.CONFIG
    settings.CONFIG = before.model_copy(
        update={"requests_per_minute": 10**7, "anonymous_per_minute": 10**7, "sign_in_tries": 10**6}
    )
    try:
        with psycopg.connect(autocommit=True, **superuser(cluster, empty_database)) as admin:
            mine = admin.execute("SELECT scope FROM accounts_person WHERE username = 'safety_manager'").fetchone()[0]
            return [_line(route, roles, admin, mine) for route in routes()]
    finally:
        settings.CONFIG = before


def _line(route: tuple[str, str, Any], roles: dict[str, Client], admin: Any, mine: str) -> dict[str, str]:
    verb, path, operation = route
    line = {"method": verb.upper(), "path": path, "permission": permission_in(operation)}
    address, query = _address(path, operation, admin, mine)
    content = next(iter((operation.get("requestBody") or {}).get("content", {}).values()), {})
    given = next((b for end, b in BODIES.items() if path.endswith(end)), None)
    body = given if given is not None else Bodies().of(content["schema"]) if content else None
    for role in roles:
        if path.startswith(("/api/auth/", "/api/edge/enrol", "/api/report/", "/api/participation/claims")):
            middleware.MEMORY.clear()
            admin.execute("DELETE FROM limits_bucket")
        answer = _ask(roles[role], verb, address, query, operation, body)
        if answer.status_code == 401 and role != NOBODY:
            roles[role] = signed_in(role)  # a route before this one ended the session
            answer = _ask(roles[role], verb, address, query, operation, body)
        line[role] = _door(answer)
    return line


def _address(path: str, operation: dict[str, Any], admin: Any, mine: str) -> tuple[str, dict[str, Any]]:
    address, query = path, dict(next((q for end, q in QUERIES.items() if path.endswith(end)), {}))
    for parameter in operation.get("parameters", []):
        name, schema = parameter["name"], parameter.get("schema", {})
        if parameter["in"] == "query" and not parameter.get("required"):
            continue
        value = query.get(name)
        if value is None and name in OWN:
            row = admin.execute(OTHERS[name], [mine]).fetchone()
            value = row[0] if row else None
        if value is None:
            value = Bodies().of(schema) if schema.get("type") != "integer" else 1
        if parameter["in"] == "path":
            address = address.replace("{" + name + "}", str(value))
        elif parameter["in"] == "query":
            query[name] = value
    return address, query


def _door(answer: Any) -> str:
    if answer.status_code in (401, 403):
        code = answer.json()["code"] if answer.headers["Content-Type"].startswith("application/json") else ""
        assert code != "csrf_failed"
        return "401" if answer.status_code == 401 else "no"
    if answer.status_code == 429 or answer.status_code >= 500:
        return str(answer.status_code)
    if answer.status_code == 422 and answer.json()["code"] == "invalid":
        return f"unreached: {answer.json()['field']}"
    return "yes"


def _text(lines: list[dict[str, str]]) -> str:
    out = io.StringIO()
    table = csv.DictWriter(out, list(lines[0]), lineterminator="\n")
    table.writeheader()
    table.writerows(lines)
    return out.getvalue()


def test_every_route_answers_every_role_as_the_written_matrix_says(found: list[dict[str, str]]) -> None:
    broken = [
        f"{line['method']} {line['path']} as {k}: {v}"
        for line in found
        for k, v in line.items()
        if v in ("429", "500", "503")
    ]
    assert not broken, broken
    if os.environ.get("YUFANG_WRITE_MATRIX"):
        MATRIX.write_text(_text(found), "utf-8")
    written = list(csv.DictReader(io.StringIO(MATRIX.read_text("utf-8"))))
    key = ("method", "path")
    old, new = ({tuple(line[k] for k in key): line for line in lines} for lines in (written, found))
    assert not old.keys() - new.keys(), "routes that are gone: `make matrix`"
    assert not new.keys() - old.keys(), "new routes: say who may call them, `make matrix`, read the diff"
    differ = {at: {k: (old[at].get(k), v) for k, v in new[at].items() if old[at].get(k) != v} for at in new}
    differ = {at: cells for at, cells in differ.items() if cells}
    assert not differ, f"(written, answered): {differ}"


# Routes whose description names a permission that decides less than the whole request, and why.
PARTLY: dict[str, str] = {
    "POST /api/cases/campaign-items/{item_id}/adjudication": "cases.decide will do as well",
    "POST /api/hazards/{hazard_id}/reopen": "its reporter may too, which only the row tells",
    "POST /api/privacy/exports": "of oneself without it",
    "POST /api/privacy/people/{person_id}/reads": "of oneself without it",
    "PUT /api/privacy/people/{person_id}/details": "of oneself without it",
    "GET /api/sharing/agreements": "privacy.oversee will do as well",
    "GET /api/sharing/agreements/{agreement_id}/reads": "privacy.oversee will do as well",
}


def test_a_route_lets_in_exactly_the_roles_that_hold_the_permission_it_names(found: list[dict[str, str]]) -> None:
    from yufang.server.accounts.models import Role
    from yufang.server.scope import Actor, scoped

    with scoped(Actor.platform()):
        holds = {role.name: set(role.permissions) for role in Role.objects.all()}
    wrong = []
    for line in found:
        if not line["permission"] or f"{line['method']} {line['path']}" in PARTLY:
            continue
        for role, permissions in holds.items():
            if line[role].startswith("unreached"):
                continue
            if (line[role] == "yes") != (line["permission"] in permissions):
                wrong.append(f"{line['method']} {line['path']} ({line['permission']}): {role} {line[role]}")
    assert not wrong, "\n".join(wrong)


def test_nobody_is_let_in_without_signing_in_but_where_the_document_says_so(found: list[dict[str, str]]) -> None:
    open_doors = {(verb.upper(), path) for verb, path, operation in routes() if not operation.get("security")}
    for line in found:
        if (line["method"], line["path"]) not in open_doors:
            assert line[NOBODY] == "401", line

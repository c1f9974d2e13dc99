"""Requests made up from the OpenAPI document, sent as every role, and what is wrong with the answers.

Wrong is: a 5xx, an answer that the document does not declare (its status, its type or its body), or a row of an
organisation that is not in the role's scope, found by its mark (`fuzz_world`), by its ids, or in the event stream.
Ids in paths, queries and bodies are mostly real ones, of one's own organisation and of others; half of the bodies are
ones that go through, with a field made up. Used by tests/server/test_fuzz.py (short) and benchmarks/fuzz_api.py (long).
"""

from __future__ import annotations

import contextlib
import copy
import gzip
import io
import json
import logging
import random
import sys
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import psycopg
import requests
from django.core.signals import got_request_exception

from tests.server.fuzz_world import World
from tests.server.rows import MARK
from tests.server.test_isolation import BODIES
from tests.server.test_matrix import PIXEL, Bodies

# Not fuzzed, and why.
LEFT_OUT = {
    "GET /api/events": "never ends: its events are read from the database's channel here (Events)",
}
# Answers that may name organisations of others, by id and name alone, and why.
NAMES_OTHERS = {
    "GET /api/auth/emergency/organisations": "which part of the tree can be opened in an emergency",
    "GET /api/sharing/partners": "whom one can make an agreement with",
}
NAMING = {"id", "name", "kind", "path", "under"}
# Answers that are for everybody, and why: another organisation's rows in them are meant.
FOR_EVERYBODY = {
    f"{operation} /api/statistics/published{part}": "figures that a named person published, with noise or minimum cells"
    for operation, part in (("GET", ""), ("POST", ""), ("POST", "/{release_id}/withdraw"))
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with one answer."""

    what: str  # 5xx, schema, leak, error
    role: str
    operation: str
    call: str
    detail: str

    def __str__(self) -> str:
        return f"[{self.what}] {self.operation} as {self.role}: {self.call}\n    {self.detail[:1500]}"


@dataclass(slots=True)
class Result:
    """What a run did."""

    operations: int = 0
    findings: list[Finding] = field(default_factory=list)
    calls: int = 0
    events: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    shut_out: Counter[str] = field(default_factory=Counter)  # calls that a role was lost for, and why
    answered: Counter[tuple[str, str, int]] = field(
        default_factory=Counter
    )  # (operation, role, hundreds of the status)

    @property
    def reached(self) -> set[str]:
        """Operations that answered 2xx."""
        return {operation for operation, _, hundreds in self.answered if hundreds == 2}

    @property
    def distinct(self) -> list[Finding]:
        """One finding for each kind of wrong and operation."""
        seen: dict[tuple[str, str, str], Finding] = {}
        for one in self.findings:
            seen.setdefault((one.what, one.operation, one.detail[-160:]), one)
        return list(seen.values())

    def report(self) -> str:
        """What was asked, as whom, and how far it came."""
        asked = {(operation, role) for operation, role, _ in self.answered}
        lines = [
            f"{self.calls} calls; {len({o for o, _ in asked})} of {self.operations} operations; "
            f"{len(asked)} pairs of operation and role; {self.events} events",
            "answers: " + ", ".join(f"{n} × {status}" for status, n in sorted(self.statuses.items())),
            f"{len(self.reached)} operations answered 2xx",
        ]
        for role in sorted({role for _, role in asked}):
            mine = {(o, h) for o, r, h in self.answered if r == role}
            told = ", ".join(f"{sum(h == n for _, h in mine)} operations {n}xx" for n in (2, 3, 4, 5))
            lines.append(f"  {role}: {told}")
        lines += [f"  shut out ({n} calls) {who}" for who, n in self.shut_out.items()]
        never = sorted({operation for operation, _ in asked} - self.reached)
        return "\n".join([*lines, f"never 2xx ({len(never)}):", *(f"  {one}" for one in never)])


@dataclass
class Fuzzer:
    """Asks in `world`."""

    world: World
    result: Result = field(default_factory=Result)
    _trace: str = ""

    def run(self, *, seed: int, share: float = 1.0, until: float | None = None) -> Result:
        """Ask every operation as every role: once, or `share` of the operations drawn by `seed`; with `until`
        (time.monotonic()) again and again until then."""
        import schemathesis

        from yufang.server.api import api

        logging.getLogger("yufang").setLevel(logging.CRITICAL)
        logging.getLogger("django").setLevel(logging.CRITICAL)
        schema = schemathesis.openapi.from_dict(_tuples_as_lists(dict(api.get_openapi_schema())))
        operations = [found.ok() for found in schema.get_all_operations()]
        operations = [op for op in operations if f"{op.method.upper()} {op.path}" not in LEFT_OUT]
        self.result.operations = len(operations)
        made = Requests(self.world)
        got_request_exception.connect(self._remember)
        events = Events(self.world)
        try:
            while True:
                rng = random.Random(seed)
                rng.shuffle(operations)
                for number, operation in enumerate(operations[: max(1, int(len(operations) * share))]):
                    if until is not None and time.monotonic() > until:
                        return self.result
                    self._all_roles(made, operation, seed + number, rng)
                self.world.restore()
                self.world.look()
                if until is None:
                    return self.result
                seed += 1_000_003
        finally:
            got_request_exception.disconnect(self._remember)
            self._judge_events(events)

    def _all_roles(self, made: Requests, operation: Any, seed: int, rng: random.Random) -> None:
        name = f"{operation.method.upper()} {operation.path}"
        roles = list(self.world.callers)
        rng.shuffle(roles)
        try:
            cases = made.some(operation, len(roles), seed, rng)
        except Exception as error:  # the generator's own trouble with a schema
            detail = f"{type(error).__name__}: {error}"[:400]
            if "Unsatisfiable" not in detail:
                self.result.findings.append(Finding("error", "", name, "", detail))
            return
        for role, case in zip(roles, cases, strict=False):
            self._one(name, case, role)

    def _remember(self, **_: Any) -> None:
        self._trace = "".join(traceback.format_exception(*sys.exc_info())[-6:])

    def _one(self, name: str, case: Any, role: str) -> None:
        try:
            sent = requests.Request(**_plain(case.as_transport_kwargs(base_url="http://testserver"))).prepare()
        except (ValueError, TypeError, UnicodeError, requests.RequestException):
            return  # not to be written as a request at all
        caller = self.world.callers[role]
        body = sent.body if isinstance(sent.body, bytes) else (sent.body or "").encode()
        hidden = ("content-type", "content-length", "cookie", "host", "accept-encoding")
        headers = {k: v for k, v in sent.headers.items() if k.lower() not in hidden}
        if "csrftoken" in caller.client.cookies:
            headers["X-CSRFToken"] = caller.client.cookies["csrftoken"].value
        if own := caller.headers(str(sent.method), str(sent.path_url), body):
            headers = {k: v for k, v in headers.items() if k.lower() not in {o.lower() for o in own}} | own
        self._trace = ""
        caller.client.raise_request_exception = False
        kind = sent.headers.get("Content-Type", "application/octet-stream")
        answer = caller.client.generic(str(sent.method), str(sent.path_url), body, kind, headers=headers)
        content = b"".join(answer) if answer.streaming else answer.content
        self._judge(name, case, role, sent, answer, content)
        if role in self.world.people:
            if answer.status_code == 401:
                self.world.come_in_again(role)
                if told := self.world.shut_out.get(role):
                    self.result.shut_out[f"{role} after {name}: {told}"] += 1
            elif answer.status_code == 403 and b"_needed" in content:
                self.world.restore()
                self.world.come_in_again(role)

    def _judge(
        self, name: str, case: Any, role: str, sent: requests.PreparedRequest, answer: Any, content: bytes
    ) -> None:
        call = f"{sent.method} {sent.path_url} {(sent.body or b'')[:600]!r}"
        self.result.calls += 1
        self.result.statuses[answer.status_code] += 1
        self.result.answered[name, role, answer.status_code // 100] += 1
        if answer.status_code >= 500:
            detail = f"{answer.status_code} {self._trace or content[:300]!r}"
            self.result.findings.append(Finding("5xx", role, name, call, detail))
            return
        for path in sorted(others_in(self.world, name, role, content)):
            if not self.world.opened(role, path):
                detail = (
                    f"a row of {path} in an answer to {self.world.callers[role].scope or 'nobody'}: {content[:800]!r}"
                )
                self.result.findings.append(Finding("leak", role, name, call, detail))
        if told := _undeclared(case, sent, answer, content):
            self.result.findings.append(Finding("schema", role, name, call, f"{told}\n{content[:300]!r}"))

    def _judge_events(self, events: Events) -> None:
        for event, path in events.told():
            self.result.events += 1
            told_to = event["path"]  # whoever's scope it begins with
            if not (path.startswith(told_to) or told_to.startswith(path)):
                detail = f"an event for {event['path']} names a row of {path}"
                self.result.findings.append(Finding("leak", "", "GET /api/events", json.dumps(event), detail))


class Requests:
    """Makes cases up, of strategies that are built once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.bodies = Bodies()
        self._strategies: dict[tuple[str, Any], Any] = {}

    def some(self, operation: Any, n: int, seed: int, rng: random.Random) -> list[Any]:
        """`n` cases of an operation, two thirds of them as its schema wants them."""
        from schemathesis import GenerationMode

        bad = max(1, n // 3)
        found = [
            self._more_like_life(case, rng) for case in self._drawn(operation, GenerationMode.POSITIVE, n, seed, n)
        ]
        wrong = [self._real(case, rng) for case in self._drawn(operation, GenerationMode.NEGATIVE, bad, seed, 0)]
        for number, case in enumerate(wrong):
            found[(number * 3 + seed) % n] = case
        return found

    def _drawn(self, operation: Any, mode: Any, n: int, seed: int, at_least: int) -> list[Any]:
        """Cases from the strategy; where it has fewer than `at_least`, they come again."""
        from hypothesis import HealthCheck, Phase, given, settings
        from hypothesis import seed as seeded
        from hypothesis.errors import Unsatisfiable

        key = (operation.label, mode)
        if key not in self._strategies:
            self._strategies[key] = operation.as_strategy(generation_mode=mode)
        cases: list[Any] = []

        @seeded(seed)
        @settings(
            max_examples=n,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(self._strategies[key])
        def take(case: Any) -> None:
            cases.append(case)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                take()
            except Unsatisfiable:
                if not cases and at_least:
                    raise
            except Exception:  # e.g. nothing can be wrong about a request without parameters
                if at_least:
                    raise
        return [_fresh(cases[i % len(cases)]) for i in range(max(at_least, len(cases)))] if cases else []

    def _more_like_life(self, case: Any, rng: random.Random) -> Any:
        if isinstance(case.body, dict) and rng.random() < 0.6:
            case.body = self._good_body(case, rng)
        if isinstance(case.query, dict) and rng.random() < 0.5:
            needed = {p.name for p in case.operation.query if p.is_required}
            case.query = {k: v for k, v in case.query.items() if k in needed or rng.random() < 0.2}
        return self._real(case, rng)

    def _good_body(self, case: Any, rng: random.Random) -> dict[str, Any]:
        path, operation = case.operation.path, case.operation.definition.raw
        content = next(iter((operation.get("requestBody") or {}).get("content", {}).values()), {})
        good = next((b for end, b in BODIES.items() if path.endswith(end)), None) or self.bodies.of(content["schema"])
        if not isinstance(good, dict):
            return dict(case.body)
        good = copy.deepcopy(good)
        if case.body and rng.random() < 0.6:
            name = rng.choice(list(case.body))
            good[name] = case.body[name]
        if case.media_type == "multipart/form-data":
            good["file"] = PIXEL
        return good

    def _real(self, case: Any, rng: random.Random) -> Any:
        for values in (case.path_parameters, case.query, case.body):
            self._put_ids(values, rng)
        return case

    def _put_ids(self, values: Any, rng: random.Random) -> None:
        if isinstance(values, list):
            for one in values:
                self._put_ids(one, rng)
        if isinstance(values, dict):
            for name in values:
                if name in self.world.ids and rng.random() < 0.8 and not isinstance(values[name], dict | list):
                    values[name] = rng.choice(self.world.ids[name])
                else:
                    self._put_ids(values[name], rng)


class Events:
    """What the server tells the stream, and the path of each row that an event names."""

    def __init__(self, world: World) -> None:
        from yufang.server.live.events import CHANNEL

        self.world = world
        self._listening = psycopg.connect(world.admin.info.dsn, password=world.admin.info.password, autocommit=True)
        self._listening.execute(f"LISTEN {CHANNEL}")

    def told(self) -> Iterator[tuple[dict[str, Any], str]]:
        """(event, path of a row that it names), and the end of listening."""
        for notice in self._listening.notifies(timeout=0.2):
            event = json.loads(notice.payload)
            for name in ("enterprise_id", "organisation_id"):
                if (path := self.world.paths.get(event.get(name))) is not None:
                    yield event, path
            if "warning_id" in event:
                query = "SELECT path FROM warning_warning WHERE id = %s"
                if row := self.world.admin.execute(query, [event["warning_id"]]).fetchone():
                    yield event, row[0]
        self._listening.close()


def others_in(world: World, name: str, role: str, content: bytes) -> set[str]:
    """Paths of organisations that `role` must not see, whose rows are in an answer."""
    found: set[str] = set()
    if name in FOR_EVERYBODY or (name in NAMES_OTHERS and _names_alone(content)):
        return found
    for text in _texts(content):
        found |= set(MARK.findall(text.replace("\\u27e6", "⟦").replace("\\u27e7", "⟧")))
    if content[:1] in b"[{":
        with contextlib.suppress(ValueError):
            found |= {world.paths[one] for one in _named(json.loads(content)) if one in world.paths}
    return {path for path in found if not world.sees(role, path)}


def _names_alone(content: bytes) -> bool:
    """Whether an answer is a list of organisations of which nothing is told but what they are called."""
    try:
        rows = json.loads(content)
    except ValueError:
        return False
    return isinstance(rows, list) and all(isinstance(row, dict) and row.keys() <= NAMING for row in rows)


def _texts(content: bytes) -> Iterator[str]:
    """The text of an answer, and of what is packed in it."""
    if content[:2] == b"\x1f\x8b":
        content = gzip.decompress(content)
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            for name in packed.namelist():
                yield packed.read(name).decode("utf-8", "replace")
    yield content.decode("utf-8", "replace")


def _named(part: Any) -> Iterator[int]:
    if isinstance(part, list):
        for one in part:
            yield from _named(one)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key in ("enterprise_id", "organisation_id") and isinstance(value, int):
                yield value
            else:
                yield from _named(value)


def _undeclared(case: Any, sent: requests.PreparedRequest, answer: Any, content: bytes) -> str:
    """What of an answer the document does not say, "" where it says all."""
    from schemathesis.checks import load_all_checks
    from schemathesis.core.failures import Failure, FailureGroup
    from schemathesis.core.transport import Response
    from schemathesis.specs.openapi import checks

    load_all_checks()
    told = {name.lower(): [value] for name, value in answer.headers.items()}
    response = Response(
        status_code=answer.status_code, headers=told, content=content, request=sent, elapsed=0.0, verify=False
    )
    asked = [checks.status_code_conformance, checks.content_type_conformance, checks.response_schema_conformance]
    try:
        case.validate_response(response, checks=asked)
    except (Failure, FailureGroup) as failure:
        return _told(failure)
    return ""


def _told(failure: BaseException) -> str:
    inner = getattr(failure, "exceptions", None)
    return " | ".join(_told(one) for one in inner) if inner else str(failure)


def _fresh(case: Any) -> Any:
    """A copy whose values can be changed."""
    own = {name: copy.deepcopy(getattr(case, name)) for name in ("path_parameters", "query", "headers", "body")}
    more = {name: getattr(case, name) for name in ("cookies", "media_type", "multipart_content_types")}
    return type(case)(case.operation, case.method, case.path, **own, **more)


def _tuples_as_lists(part: Any) -> Any:
    """The document with tuples as lists of any of their members: schemathesis mixes the two ways to write them up."""
    if isinstance(part, list):
        return [_tuples_as_lists(one) for one in part]
    if not isinstance(part, dict):
        return part
    if isinstance(members := part.get("prefixItems"), list):
        kinds = [one for n, one in enumerate(members) if one not in members[:n]]
        part = {k: v for k, v in part.items() if k != "prefixItems"}
        part["items"] = kinds[0] if len(kinds) == 1 else {"anyOf": kinds}
    return {name: _tuples_as_lists(one) for name, one in part.items()}


def _plain(kwargs: dict[str, Any]) -> dict[str, Any]:
    known = ("method", "url", "headers", "params", "data", "json", "files", "cookies")
    return {name: value for name, value in kwargs.items() if name in known}

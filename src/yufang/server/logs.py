"""Structured logs: one line a request and a job, each line with the ids of the request, the organisation, the person.

Lines carry numbers, never names or texts: who may read the log of a server may not read its records. `LOGGING` is made
here; `settings.py` takes it over. With YUFANG_LOG_FORMAT=json a line is one JSON object, otherwise a line of text.
"""

from __future__ import annotations

import contextlib
import contextvars
import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from yufang.server.scrubbing import scrub, values_in, written

if TYPE_CHECKING:  # Django's settings are made with this module
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

REQUESTS = "yufang.request"
JOBS = "yufang.job"
_ID = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
# Checked by machines every few seconds; what they ask is in the metrics.
_QUIET = ("/healthz", "/readyz", "/metrics", "/api/health")

_SECRET_HEADERS = {"x-csrftoken", "x-api-key", "x-auth-token", "proxy-authorization", "cookie2"}
_LONGEST_BODY = 262_144  # bytes: what carries a password or a token is short

_request: contextvars.ContextVar[HttpRequest | None] = contextvars.ContextVar("yufang_request", default=None)
_job: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar("yufang_job", default=None)


def context() -> dict[str, Any]:
    """Ids of what runs now: request, organisation and person, or the job; empty outside of both."""
    request = _request.get()
    if request is None:
        return dict(_job.get() or {})
    found: dict[str, Any] = {"request_id": getattr(request, "request_id", "")}
    if (actor := getattr(request, "actor", None)) is not None:
        found |= {"organisation_id": actor.organisation_id, "person_id": actor.person_id}
    if trace := getattr(request, "trace_id", ""):
        found["trace_id"] = trace
    return found


def carried() -> tuple[str, ...]:
    """Secrets that the request at hand carried. Looked for when a line is written: other requests pay nothing."""
    request = _request.get()
    if request is None:
        return ()
    known: tuple[bool, tuple[str, ...]] | None = getattr(request, "secrets_carried", None)
    read = hasattr(request, "_body") or hasattr(request, "_post")
    if known is None or (read and not known[0]):
        known = (read, written(set(_carried(request))))
        request.secrets_carried = known
    return known[1]


def _carried(request: HttpRequest) -> Iterator[str]:
    authorization = request.headers.get("Authorization", "")
    yield from values_in({"authorization": [authorization, authorization.partition(" ")[2]]})
    yield from values_in({"cookie": list(request.COOKIES.values())})
    yield from values_in({"token": [v for k, v in request.headers.items() if k.lower() in _SECRET_HEADERS]})
    yield from values_in(dict(request.GET.lists()))
    if (match := getattr(request, "resolver_match", None)) is not None:
        yield from values_in(match.kwargs)
    if hasattr(request, "_post"):
        yield from values_in(dict(request.POST.lists()))
    body = getattr(request, "_body", b"")
    if 0 < len(body) <= _LONGEST_BODY and body.lstrip()[:1] in (b"{", b"["):
        with contextlib.suppress(ValueError, RecursionError):
            yield from values_in(json.loads(body))


def job_context(values: dict[str, Any]) -> contextvars.Token[dict[str, Any] | None]:
    """Give the lines of a job its ids; hand the token to `end_job`."""
    return _job.set(values)


def end_job(token: contextvars.Token[dict[str, Any] | None]) -> None:
    """The job has ended."""
    _job.reset(token)


def route_of(request: HttpRequest) -> str:
    """The template of the address (`api/warnings/<int:warning_id>`): a few hundred values, however many rows."""
    match = getattr(request, "resolver_match", None)
    if match is None:
        return "unresolved"
    route = str(match.route)
    return "console" if route.startswith("^(?!") else route


class RequestLog:
    """Outermost: gives each request an id, answers with it, and writes one line when it has been answered.

    An id that comes from the proxy (X-Request-ID) is taken over if it is 8 to 64 letters, digits and `_.:-`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.log = logging.getLogger(REQUESTS)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request.request_id = given if _ID.fullmatch(given) else secrets.token_hex(8)
        token = _request.set(request)
        began = time.perf_counter()
        try:
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request.request_id
            self._write(request, response.status_code, began)
            return response
        finally:
            _request.reset(token)

    def _write(self, request: HttpRequest, status: int, began: float) -> None:
        if request.path in _QUIET and status < 500:
            return
        level = logging.ERROR if status >= 500 else logging.INFO
        if self.log.isEnabledFor(level):
            facts = {
                "method": request.method,
                "route": route_of(request),
                "status": status,
                "ms": round((time.perf_counter() - began) * 1000, 1),
            }
            self.log.log(level, "%(method)s %(route)s %(status)s %(ms)s ms", facts, extra={"facts": facts})


class JsonLine(logging.Formatter):
    """A record as one JSON object: time, level, logger, message, ids, facts, and the trace of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= getattr(record, "ids", {}) | getattr(record, "facts", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        also = getattr(record, "secrets", ())
        told = {name: scrub(value, also) if isinstance(value, str) else value for name, value in line.items()}
        return json.dumps(told, ensure_ascii=False, default=lambda value: scrub(str(value), also))


class TextLine(logging.Formatter):
    """A record for a person at a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        text = f"yufang: {record.getMessage()}"
        if request_id := getattr(record, "ids", {}).get("request_id"):
            text += f" [{request_id}]"
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        return scrub(text + trace, getattr(record, "secrets", ()))


class WithIds(logging.Filter):
    """Puts the ids of what runs now on the record, and the secrets that it must not tell, before a queue or another
    thread takes it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.ids = context()
        if record.name != REQUESTS:  # these lines are made of the route's template and numbers
            record.secrets = carried()
        return True


def logging_config(form: str, level: str = "") -> dict[str, Any]:
    """`LOGGING` of Django's settings. form: json or text; level: of yufang's own lines, else INFO as JSON."""
    as_json = form == "json"
    own = level.upper() or ("INFO" if as_json else "WARNING")
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"ids": {"()": "yufang.server.logs.WithIds"}},
        "formatters": {"line": {"()": f"yufang.server.logs.{'JsonLine' if as_json else 'TextLine'}"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["ids"]}},
        "root": {"handlers": ["console"], "level": "WARNING"},
        "loggers": {
            "yufang": {"level": own},
            "procrastinate": {"level": "ERROR"},
            "django.request": {"level": "ERROR"},
        },
    }

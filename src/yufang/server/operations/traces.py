"""OpenTelemetry traces of requests, their queries, and jobs: off unless YUFANG_OTLP_ENDPOINT is set.

Spans carry routes, statements without their values, and ids. What people wrote never leaves by this way.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from yufang import __version__
from yufang.server.config import Config
from yufang.server.logs import route_of

if TYPE_CHECKING:
    from collections.abc import Iterator

_provider: Any = None
_LONGEST_STATEMENT = 500


class ExtraMissing(Exception):
    """YUFANG_OTLP_ENDPOINT is set and the extra `telemetry` isn't installed."""


def start(config: Config, service: str) -> None:
    """Send spans to the collector from now on. service: `yufang-web` or `yufang-work`. Raises ExtraMissing."""
    global _provider
    if not config.otlp_endpoint or _provider is not None:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
        from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
    except ImportError as error:
        raise ExtraMissing from error
    _provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.version": __version__}),
        sampler=ParentBased(TraceIdRatioBased(config.otlp_share)),
    )
    endpoint = f"{config.otlp_endpoint.rstrip('/')}/v1/traces"
    _provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint, timeout=5)))


def stop() -> None:
    """Send what is left; a collector that is away keeps nobody from stopping."""
    global _provider
    if _provider is not None:
        _provider.force_flush(3000)
        _provider.shutdown()
        _provider = None


class Traced:
    """One span a request, one inside it for each statement. A `traceparent` of the caller is taken over."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if _provider is None:
            return self.get_response(request)
        from opentelemetry.trace import SpanKind, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = TraceContextTextMapPropagator().extract({k.lower(): v for k, v in request.headers.items()})
        tracer = _provider.get_tracer("yufang")
        with tracer.start_as_current_span(str(request.method), context=parent, kind=SpanKind.SERVER) as span:
            request.trace_id = f"{span.get_span_context().trace_id:032x}"
            with connection.execute_wrapper(_Statements(tracer)):
                response = self.get_response(request)
            route = route_of(request)
            span.update_name(f"{request.method} {route}")
            actor = getattr(request, "actor", None)
            facts = {
                "http.request.method": str(request.method),
                "http.route": route,
                "http.response.status_code": response.status_code,
                "yufang.request_id": getattr(request, "request_id", ""),
                "yufang.organisation_id": getattr(actor, "organisation_id", None),
            }
            span.set_attributes({name: value for name, value in facts.items() if value is not None})
            if response.status_code >= 500:
                span.set_status(StatusCode.ERROR)
            return response


class _Statements:
    """Django's wrapper of statements: a span each, with the statement's text and not its values."""

    def __init__(self, tracer: Any) -> None:
        self.tracer = tracer

    def __call__(self, execute: Any, statement: Any, params: Any, many: bool, context: Any) -> Any:
        from opentelemetry.trace import SpanKind

        text = str(statement)
        # A statement that carries no parameters may carry its values in its text.
        shown = text[:_LONGEST_STATEMENT] if params else text.split(maxsplit=1)[0]
        facts = {"db.system.name": "postgresql", "db.query.text": shown}
        with self.tracer.start_as_current_span(text.split(maxsplit=1)[0], kind=SpanKind.CLIENT, attributes=facts):
            return execute(statement, params, many, context)


@contextmanager
def job_span(task: str, job_id: int | None) -> Iterator[None]:
    """A span around a job; nothing where traces are off."""
    if _provider is None:
        yield
        return
    from opentelemetry.trace import SpanKind

    facts = {"messaging.system": "procrastinate", "yufang.job_id": job_id or 0}
    with _provider.get_tracer("yufang").start_as_current_span(task, kind=SpanKind.CONSUMER, attributes=facts):
        yield

"""Prometheus metrics of this process and of the database, at /metrics; for this machine or whoever has the token."""

from __future__ import annotations

import hmac
import ipaddress
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from yufang import __version__
from yufang.server.live.broadcast import broadcaster
from yufang.server.logs import route_of
from yufang.server.scope import Actor, scoped

# Reads are promised within 0.3 s, writes within 0.6 s; both are bounds of buckets.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.3, 0.6, 1, 2.5, 5, 10, 30)
REQUESTS = Histogram(
    "yufang_request_seconds", "Requests by method, route and status", ["method", "route", "status"], buckets=_SECONDS
)
JOBS = Histogram("yufang_job_seconds", "Jobs by task and outcome", ["task", "outcome"], buckets=(*_SECONDS, 120, 600))
READINGS = Counter("yufang_readings_taken", "Readings taken from sources and edge nodes")
BATCHES = Counter("yufang_batches_taken", "Batches of readings by outcome", ["outcome"])

# Tables whose growth says how busy the platform is; PostgreSQL counts their rows itself.
_WATCHED = [
    "ledger_leaf",
    "dispatch_delivery",
    "sensing_batch",
    "hazards_hazard",
    "warning_warning",
    "deduction_answer",
]


def count_batch(readings: int, *, again: bool) -> None:
    """Count a batch of readings once its transaction has committed."""

    def count() -> None:
        BATCHES.labels("again" if again else "taken").inc()
        READINGS.inc(0 if again else readings)

    transaction.on_commit(count)


class Measured:
    """Times each request by the template of its address."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.perf_counter()
        response = self.get_response(request)
        seconds = time.perf_counter() - began
        REQUESTS.labels(request.method, route_of(request), response.status_code).observe(seconds)
        return response


class _Database(Collector):
    """What only the database knows; read when somebody asks."""

    def describe(self) -> list[Any]:
        return []

    def collect(self) -> Iterator[Any]:
        yield GaugeMetricFamily("yufang_event_streams", "Open streams of live events", value=broadcaster.open_streams())
        yield _info()
        yield from _pool()
        up = GaugeMetricFamily("yufang_database_up", "Whether the database answers")
        try:
            # Nothing but reads; a scrape must not wait longer than the one after it.
            with scoped(Actor.platform()):
                found = list(_from_database())
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield from found


def _info() -> GaugeMetricFamily:
    info = GaugeMetricFamily("yufang_info", "Version of the platform", labels=["version"])
    info.add_metric([__version__], 1)
    return info


def _pool() -> Iterator[GaugeMetricFamily]:
    pool = getattr(connection, "_connection_pools", {}).get(connection.alias)
    if pool is None:
        return
    stats = pool.get_stats()
    family = GaugeMetricFamily("yufang_database_pool", "Connections of this process", labels=["state"])
    family.add_metric(["size"], stats.get("pool_size", 0))
    family.add_metric(["idle"], stats.get("pool_available", 0))
    family.add_metric(["waiting"], stats.get("requests_waiting", 0))
    yield family


def _from_database() -> Iterator[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '3s'")
        cursor.execute("SELECT status::text, queue_name, count(*) FROM procrastinate_jobs GROUP BY 1, 2")
        jobs = GaugeMetricFamily("yufang_jobs", "Jobs in the database", labels=["status", "queue"])
        for status, queue, number in cursor.fetchall():
            jobs.add_metric([status, queue], number)
        yield jobs
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, now()))), 0) "
            "FROM procrastinate_jobs WHERE status = 'todo' AND scheduled_at <= now()"
        )
        yield GaugeMetricFamily("yufang_jobs_late_seconds", "How late the latest due job is", value=_one(cursor))
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '60 seconds'"
        )
        yield GaugeMetricFamily("yufang_workers", "Workers with a heartbeat in the last minute", value=_one(cursor))
        cursor.execute("SELECT coalesce(max(index) + 1, 0) FROM ledger_leaf")
        yield GaugeMetricFamily("yufang_ledger_size", "Leaves in the ledger", value=_one(cursor))
        cursor.execute("SELECT pg_database_size(current_database())")
        yield GaugeMetricFamily("yufang_database_bytes", "Size of the database", value=_one(cursor))
        cursor.execute(
            "SELECT relname, n_tup_ins FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname = ANY(%s)",
            [_WATCHED],
        )
        rows = CounterMetricFamily("yufang_rows_added", "Rows added since the counts were reset", labels=["table"])
        for table, number in cursor.fetchall():
            rows.add_metric([table], number)
        yield rows


def _one(cursor: Any) -> float:
    row = cursor.fetchone()
    return float(row[0] or 0) if row else 0.0


REGISTRY.register(_Database())


def may_read(request: HttpRequest) -> bool:
    """This machine, not through a proxy; or a bearer of YUFANG_METRICS_TOKEN."""
    token = settings.CONFIG.metrics_token
    sent = request.headers.get("Authorization", "")
    if token and hmac.compare_digest(sent.encode(), f"Bearer {token}".encode()):
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def metrics(request: HttpRequest) -> HttpResponse:
    """The metrics, in Prometheus' text format."""
    if not may_read(request):
        return HttpResponse("403: from this machine, or with YUFANG_METRICS_TOKEN\n", "text/plain", status=403)
    return HttpResponse(generate_latest(REGISTRY), content_type=CONTENT_TYPE_LATEST)

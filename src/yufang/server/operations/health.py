"""/healthz: this process lives. /readyz: it can serve, since its database, schema and jobs are there."""

from __future__ import annotations

import time

from django.db import Error, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse

HEARTBEAT_SECONDS = 60  # workers beat every ten
_CHECKED_FOR = 10.0  # seconds
# Whether this process works on jobs itself; the server that starts it says so.
own_jobs = False
_schema: tuple[float, bool] = (0.0, False)


def healthz(request: HttpRequest) -> HttpResponse:
    """Alive. Asks nothing of anybody: a process must not be killed because its database is away."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def readyz(request: HttpRequest) -> HttpResponse:
    """503 while the database is away, migrations are pending, or this process's own workers have stopped."""
    database, schema, jobs = _look()
    ready = database and schema and (jobs or not own_jobs)
    told = {"ready": ready, "database": database, "migrations": schema, "jobs": jobs}
    return JsonResponse(told, status=200 if ready else 503, headers={"Cache-Control": "no-store"})


def _look() -> tuple[bool, bool, bool]:
    """(database answers, no migration is pending, a worker has beaten its heart within a minute)"""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '3s'")
            if not _schema_is_new():
                return True, False, False
            cursor.execute(
                "SELECT exists (SELECT FROM procrastinate_workers "
                "WHERE last_heartbeat > now() - make_interval(secs => %s))",
                [HEARTBEAT_SECONDS],
            )
            row = cursor.fetchone()
        return True, True, bool(row and row[0])
    except Error:
        return False, False, False


def _schema_is_new() -> bool:
    global _schema
    from yufang.server.migrating import pending

    at, new = _schema
    if not new or time.monotonic() - at > _CHECKED_FOR:
        _schema = (time.monotonic(), not pending(connection))
    return _schema[1]

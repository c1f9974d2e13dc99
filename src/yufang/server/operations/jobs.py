"""What is told of each job: a line in the log, a time in the metrics, a span in the traces."""

from __future__ import annotations

import logging
import time
from typing import Any

from yufang.server import logs
from yufang.server.operations.metrics import JOBS
from yufang.server.operations.traces import job_span

_log = logging.getLogger(logs.JOBS)


async def watched(call_next: Any, context: Any, worker: Any) -> Any:
    """Procrastinate's middleware of tasks: runs the job, and tells how it went."""
    job = context.job
    ids = {"job_id": job.id, "task": job.task_name}
    token = logs.job_context(ids)
    began = time.perf_counter()
    outcome = "aborted"  # a worker that stops cancels what runs
    try:
        with job_span(job.task_name, job.id):
            result = await call_next()
        outcome = "done"
        return result
    except Exception:
        outcome = "failed"
        raise
    finally:
        seconds = time.perf_counter() - began
        JOBS.labels(job.task_name, outcome).observe(seconds)
        facts = {"outcome": outcome, "ms": round(seconds * 1000, 1), "try": job.attempts + 1}
        failed = outcome == "failed"
        _log.log(
            logging.ERROR if failed else logging.INFO,
            "job %(task)s %(outcome)s %(ms)s ms",
            ids | facts,
            extra={"facts": facts},
            exc_info=failed,
        )
        logs.end_job(token)

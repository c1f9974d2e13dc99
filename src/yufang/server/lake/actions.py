"""The only code that writes sources, import runs, rejects and audits."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from yufang.server.accounts.models import Organisation
from yufang.server.bulk import clean
from yufang.server.errors import not_found
from yufang.server.lake import queries
from yufang.server.lake.contracts import SourceDetail
from yufang.server.lake.models import AuditSnapshot, DataSource, ImportRun, Reject
from yufang.server.ledger import actions as ledger
from yufang.server.ledger.queries import newest_content
from yufang.server.scope import Actor, action

if TYPE_CHECKING:
    import polars as pl

    from yufang.lake import Lake
    from yufang.lake.health import HealthReport, SourceHealth

KEPT_REJECTS = 500  # of a run, for the screen; the lake keeps all


@action
def load_health(acting_user: Actor, region: Organisation, lake: Lake, today: date, synthetic: bool) -> None:
    """Audit the lake as of `today` and keep the result; the months before are filled in where no audit was kept.

    The same lake on the same day changes nothing.
    """
    # Here: the audit brings polars along, which a start of the web server doesn't need.
    from yufang.lake.health import audit

    report = audit(lake, today=today)
    content = hashlib.sha256(json.dumps(asdict(report), default=str, sort_keys=True).encode()).hexdigest()
    if newest_content("lake.audited", region.path) == content:
        return
    sources = {(s.source, s.table): _source(region, s, synthetic) for s in report.sources}
    gone = DataSource.objects.filter(organisation=region).exclude(pk__in=[s.pk for s in sources.values()])
    gone.delete()
    _keep_snapshots(report, sources)
    _keep_runs(lake, sources)
    ledger.append_load(acting_user, region.path, "lake.audited", len(report.sources), content)


def _source(region: Organisation, health: SourceHealth, synthetic: bool) -> DataSource:
    """The source's row; an owner that a person named stays."""
    found, _ = DataSource.objects.get_or_create(
        organisation=region,
        name=health.source[:300],
        table=health.table,
        defaults={"path": region.path, "owner": health.owner[:80], "synthetic": synthetic},
    )
    return found


def _keep_snapshots(report: HealthReport, sources: dict[tuple[str, str], DataSource]) -> None:
    for health in report.sources:
        source = sources[health.source, health.table]
        AuditSnapshot.objects.update_or_create(
            source=source,
            as_of=health.as_of,
            defaults={
                "path": source.path,
                "recomputed": False,
                "rows": health.rows,
                "overall": health.overall,
                "scores": {m.dimension: m.score for m in health.measures},
                "detail": _detail(health),
            },
        )
    for point in report.trend:
        source = sources[point.source, point.table]
        if point.as_of != report.as_of:
            # An audit that was made on that day is what was known then, and stays.
            AuditSnapshot.objects.get_or_create(
                source=source,
                as_of=point.as_of,
                defaults={
                    "path": source.path,
                    "recomputed": True,
                    "rows": point.rows,
                    "overall": point.overall,
                    "scores": dict(point.scores),
                },
            )


def _detail(health: SourceHealth) -> dict[str, Any]:
    """The audit as JSON, personal data masked with no way back."""
    from yufang.lake.privacy import redact

    body: dict[str, Any] = json.loads(json.dumps(asdict(health), default=str))
    for row in body["worst"]:
        for reason in row["reasons"]:
            reason["value"] = clean(redact(reason["value"]))
    return body


def _keep_runs(lake: Lake, sources: dict[tuple[str, str], DataSource]) -> None:
    from yufang.lake.mapping import KINDS

    rejects = lake.rejects()
    for record in lake.manifest().imports:
        source = sources.get((record.file, KINDS[record.kind]))
        if source is None:
            continue
        figures = ("rows", "taken", "rejected", "known", "changed", "emptied", "flagged")
        run, new = ImportRun.objects.get_or_create(
            source=source,
            key=record.import_id,
            defaults={name: getattr(record, name) for name in figures}
            | {
                "path": source.path,
                "at": record.at[:40],
                "mapping": record.mapping[:120],
                "encoding": record.encoding[:80],
            },
        )
        if new:
            _keep_rejects(run, rejects)


def _keep_rejects(run: ImportRun, rejects: pl.DataFrame) -> None:
    import polars as pl

    from yufang.lake.privacy import redact

    mine = rejects.filter(pl.col("import_id") == run.key).sort("source_row").head(KEPT_REJECTS)
    Reject.objects.bulk_create(
        [
            Reject(
                run=run,
                path=run.path,
                source_row=row["source_row"],
                field=clean(row["field"])[:80],
                value=clean(redact((row["value"] or "")[:1000]))[:300],
                rule=row["rule"],
            )
            for row in mine.iter_rows(named=True)
        ],
        ignore_conflicts=True,
    )


@action
def name_owner(acting_user: Actor, source_id: int, owner: str) -> SourceDetail:
    """Name who answers for a source; "" takes the name back."""
    source = DataSource.objects.select_for_update().filter(id=source_id).first()
    if source is None:
        raise not_found()
    owner = " ".join(owner.split())
    if owner != source.owner:
        index = ledger.append(
            acting_user, source.path, "lake.owner_named", f"data_source:{source.pk}", owner_facts(owner)
        )
        source.owner, source.ledger_index = owner, index
        source.save(update_fields=["owner", "ledger_index"])
    return queries.source(source_id)


def owner_facts(owner: str) -> dict[str, str]:
    """What the ledger keeps of a naming: a name is personal data, so its hash."""
    return {"owner_sha256": hashlib.sha256(owner.encode()).hexdigest()}

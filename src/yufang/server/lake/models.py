# mypy: disable-error-code="var-annotated"
"""Where data comes from, who answers for it, how its imports went, and how healthy it was from audit to audit."""

from __future__ import annotations

from django.db import models

from yufang.server.tenancy import TenantModel


class DataSource(TenantModel):
    """One file of one table of the lake. `owner` is whoever answers for its data; "" while nobody is named."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=300)
    table = models.CharField(max_length=40)
    owner = models.CharField(max_length=80, blank=True)
    ledger_index = models.BigIntegerField(null=True)  # the leaf of the newest naming by a person
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "name", "table"], name="data_source"),)


class ImportRun(TenantModel):
    """One finished import of a source; see `yufang.lake.manifest.ImportRecord` for the figures."""

    source = models.ForeignKey(DataSource, models.CASCADE, related_name="runs")
    key = models.CharField(max_length=40)
    at = models.CharField(max_length=40, blank=True)
    mapping = models.CharField(max_length=120, blank=True)
    encoding = models.CharField(max_length=80, blank=True)
    rows = models.IntegerField()
    taken = models.IntegerField()
    rejected = models.IntegerField()
    known = models.IntegerField()
    changed = models.IntegerField()
    emptied = models.IntegerField()
    flagged = models.IntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "key"], name="import_run"),)


class Reject(TenantModel):
    """A refused row: its place, and the value and the rule that refused it, personal data masked."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="rejects")
    source_row = models.IntegerField()
    field = models.CharField(max_length=80)
    value = models.CharField(max_length=300)
    rule = models.CharField(max_length=80)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["run", "source_row", "rule"], name="rejected_row"),)


class AuditSnapshot(TenantModel):
    """The health of a source as of one day. `recomputed`: worked out later from the rows known by that day."""

    source = models.ForeignKey(DataSource, models.CASCADE, related_name="snapshots")
    as_of = models.DateField()
    recomputed = models.BooleanField(default=False)
    rows = models.IntegerField()
    overall = models.FloatField(null=True)
    scores = models.JSONField(default=dict)  # dimension → score or null
    detail = models.JSONField(default=dict)  # the whole audit; {} where recomputed

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "as_of"], name="audit_snapshot"),)

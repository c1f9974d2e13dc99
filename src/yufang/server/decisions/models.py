# mypy: disable-error-code="var-annotated"
"""Versions of decision tables, their trials on what has been, and who put them to work."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class DecisionTableVersion(TenantModel):
    """One version of an organisation's tables: a region's default, or an enterprise's own. `xml` is the DMN file.

    A draft may be written again; once published it never changes. `sha256` is of `xml`.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)  # tiers
    number = models.IntegerField()
    note = models.TextField()
    xml = models.TextField()
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    # Null where the reader may not see the person: a region's table, read by an enterprise.
    author = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    saved_at = models.DateTimeField(db_default=Now())
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organisation", "kind", "number"], name="table_version_number"),
            models.UniqueConstraint(
                fields=["organisation", "kind"], condition=models.Q(state="published"), name="one_published_table"
            ),
        )


class TableTrial(TenantModel):
    """A version tried on the last 90 days beside the table at work. `sha256` says exactly what was tried."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    version = models.ForeignKey(DecisionTableVersion, models.CASCADE, related_name="trials")
    sha256 = models.CharField(max_length=64)
    against = models.ForeignKey(DecisionTableVersion, models.PROTECT, null=True, related_name="+")
    against_sha256 = models.CharField(max_length=64)
    since = models.DateField()
    until = models.DateField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    tries = models.IntegerField(default=0)
    asked_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    # Moves while a worker is at it; where it stands still, another worker takes the trial over.
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem_zh = models.TextField(default="")
    problem_en = models.TextField(default="")
    result = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["version"], condition=models.Q(state__in=["queued", "running"]), name="one_trial_at_a_time"
            ),
        )


class TableChange(TenantModel):
    """A named person put a version to work, or returned to the one before. `version` null: the table that ships."""

    class Kind(models.TextChoices):
        PUBLISHED = "published"
        ROLLED_BACK = "rolled_back"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    table_kind = models.CharField(max_length=20)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    version = models.ForeignKey(DecisionTableVersion, models.PROTECT, null=True, related_name="changes")
    previous = models.ForeignKey(DecisionTableVersion, models.PROTECT, null=True, related_name="+")
    trial = models.ForeignKey(TableTrial, models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

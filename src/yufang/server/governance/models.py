# mypy: disable-error-code="var-annotated"
"""Versions of models, how they came to be, and who put them to work."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class TrainingRun(TenantModel):
    """One training of one facet's coder. `path` is the organisation whose cases teach it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    facet = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    step = models.CharField(max_length=20, default="")
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    tries = models.IntegerField(default=0)
    asked_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    # Moves while a worker is at it; where it stands still, another worker takes the run over.
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem_zh = models.TextField(default="")
    problem_en = models.TextField(default="")
    made = models.ForeignKey("ModelVersion", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["path", "facet"],
                condition=models.Q(state__in=["queued", "running"]),
                name="one_training_at_a_time",
            ),
        )


class ModelVersion(TenantModel):
    """A trained coder whose arrays stand in the models folder under its version. At most one of a facet is active."""

    class State(models.TextChoices):
        CANDIDATE = "candidate"
        ACTIVE = "active"
        RETIRED = "retired"

    facet = models.CharField(max_length=40)
    version = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CANDIDATE)
    # desk: trained here, never saw the gold set; run: came with an analysis run, which may have seen it.
    origin = models.CharField(max_length=10)
    card = models.JSONField(default=dict)
    run = models.ForeignKey(TrainingRun, models.PROTECT, null=True, related_name="versions")
    made_at = models.DateTimeField(db_default=Now())
    recoding = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["path", "version"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["path", "facet"], condition=models.Q(state="active"), name="one_active_model"
            ),
        )


class ModelChange(TenantModel):
    """A named person put a version to work, or returned to an earlier one."""

    class Kind(models.TextChoices):
        PROMOTED = "promoted"
        ROLLED_BACK = "rolled_back"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    model = models.ForeignKey(ModelVersion, models.PROTECT, related_name="changes")
    previous = models.ForeignKey(ModelVersion, models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

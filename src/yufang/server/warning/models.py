# mypy: disable-error-code="var-annotated"
"""Tiered warnings and every step people took with them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class Warning(TenantModel):
    """A warning about one subject of one enterprise; `subject_key` and `rule` identify it across runs."""

    class State(models.TextChoices):
        RAISED = "raised"
        ACKNOWLEDGED = "acknowledged"
        HANDED_ON = "handed_on"
        RESOLVED = "resolved"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    hazard_point = models.ForeignKey("deduction.HazardPoint", models.SET_NULL, null=True, related_name="+")
    subject_key = models.CharField(max_length=160)
    rule = models.CharField(max_length=80)
    tier = models.CharField(max_length=10)
    # 0 high, 1 medium, 2 low: the order of the list, which the tiers' names don't give.
    gravity = models.GeneratedField(
        expression=models.Case(
            models.When(tier="high", then=0),
            models.When(tier="medium", then=1),
            default=2,
            output_field=models.SmallIntegerField(),
        ),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )
    state = models.CharField(max_length=14, choices=State.choices, default=State.RAISED)
    route = models.CharField(max_length=30)
    due_on = models.DateField()
    title_zh = models.TextField()
    title_en = models.TextField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    probability = models.FloatField()
    colour = models.CharField(max_length=10)
    measures = models.JSONField(default=list)
    procedure_zh = models.TextField()
    procedure_en = models.TextField()
    training = models.TextField()
    training_en = models.TextField()
    raised_at = models.DateTimeField(db_default=Now())
    assignee = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "subject_key", "rule"], name="warning_key"),)
        indexes = (
            models.Index(fields=["gravity", "due_on", "-probability", "id"], name="warning_order"),
            models.Index(fields=["organisation", "state", "tier"], name="warning_enterprise"),
            # Counts of the region are read from this index alone; the rows are wide.
            models.Index(fields=["path", "state", "tier"], name="warning_counts"),
        )


class Step(TenantModel):
    """One step in a warning's life. `by` is null where the platform took it."""

    warning = models.ForeignKey(Warning, models.CASCADE, related_name="steps")
    action = models.CharField(max_length=20)  # raised | acknowledged | handed_on | resolved | raised_again | lapsed
    note = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    to = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()
    by_load = models.BooleanField(default=False)  # the leaf is that of a whole load

    web_privileges = "SELECT, INSERT"

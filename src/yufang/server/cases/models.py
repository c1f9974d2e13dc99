# mypy: disable-error-code="var-annotated"
"""Injury cases, the codes suggested for them and what people decided."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class InjuryCase(TenantModel):
    """A case as imported. `organisation` is the enterprise, or the region where the enterprise isn't known."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    region = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    enterprise_name = models.CharField(max_length=200)
    occurred_on = models.DateField(null=True)
    reported_on = models.DateField(null=True)
    narrative = models.TextField()
    place = models.TextField()
    job = models.TextField()
    equipment = models.TextField()
    lost_days = models.FloatField(null=True)
    deaths = models.IntegerField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["region", "key"], name="case_key"),)
        indexes = (models.Index(fields=["occurred_on"], name="case_occurred_on"),)


class CaseCode(TenantModel):
    """The code of one case for one facet: suggested by a model, standing by itself or decided by a person."""

    class State(models.TextChoices):
        AUTO = "auto"
        REVIEW = "review"
        DECIDED = "decided"

    case = models.ForeignKey(InjuryCase, models.CASCADE, related_name="codes")
    facet = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices)
    code = models.CharField(max_length=40, null=True)
    probability = models.FloatField()
    threshold = models.FloatField()
    suggestions = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    model_version = models.CharField(max_length=120)
    # Errors that a look at this row is expected to mend: 1 - probability of the best code. Orders the review queue.
    gain = models.FloatField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "facet"], name="case_facet"),)
        indexes = (
            models.Index(fields=["state", "-gain"], name="case_code_queue"),
            models.Index(fields=["path", "state"], name="case_code_counts"),
        )


class Decision(TenantModel):
    """A person's decision on one code; the newest holds."""

    case_code = models.ForeignKey(CaseCode, models.CASCADE, related_name="decisions")
    code = models.CharField(max_length=40)
    previous = models.CharField(max_length=40, null=True)
    note = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

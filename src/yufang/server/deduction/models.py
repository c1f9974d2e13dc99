# mypy: disable-error-code="var-annotated"
"""Hazard points deduced for enterprises and what people found on site."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class HazardPoint(TenantModel):
    """A hazard point of one enterprise. `current` is False once a newer run no longer names it."""

    class Status(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        NOT_FOUND = "not_found"
        NOT_APPLICABLE = "not_applicable"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=160)
    rank = models.IntegerField()
    title_zh = models.TextField()
    title_en = models.TextField()
    equipment = models.TextField()
    equipment_en = models.TextField()
    part = models.TextField()
    part_en = models.TextField()
    accident_type = models.CharField(max_length=20)
    severity = models.CharField(max_length=20)
    deduced = models.FloatField()  # the run's probability
    probability = models.FloatField()  # the same, updated by answers
    colour = models.CharField(max_length=10)
    body = models.JSONField()  # the rest of the floor-1 contract: lec, measures, path, records …
    model_version = models.CharField(max_length=120)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.OPEN)
    answered_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    current = models.BooleanField(default=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "key"], name="point_key"),)
        indexes = (
            models.Index(fields=["organisation", "rank"], name="point_rank"),
            # Counts of the region are read from this index alone; the rows are wide.
            models.Index(fields=["path", "current", "status"], name="point_counts"),
        )


class Answer(TenantModel):
    """What a person found on site about one point."""

    class Result(models.TextChoices):
        CONFIRMED = "confirmed"
        NOT_FOUND = "not_found"
        NOT_APPLICABLE = "not_applicable"

    point = models.ForeignKey(HazardPoint, models.CASCADE, related_name="answers")
    result = models.CharField(max_length=16, choices=Result.choices)
    note = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

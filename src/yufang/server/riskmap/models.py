# mypy: disable-error-code="var-annotated"
"""Permits to work, and what the risk map knew when: versions of factors, and the spans in which it was being kept."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class WorkPermit(TenantModel):
    """A permit to work in an area (GB 30871): `kind` is a code of the special works, such as `HOT-1`.

    It holds from `starts_at` until `ends_at`, unless it is closed before; an expired one needs no step. x, y: where on
    the area's plan, in shares; null for the whole area.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    area = models.ForeignKey("places.Area", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    work = models.CharField(max_length=200, blank=True)
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    applied_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    closed_note = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField(db_default=Now())
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="permit_ends"),
        )
        indexes = (
            models.Index(fields=["enterprise", "-starts_at", "-id"], name="permit_newest"),
            models.Index(
                fields=["enterprise", "ends_at"], condition=models.Q(closed_at__isnull=True), name="permit_not_closed"
            ),
        )


class RiskState(TenantModel):
    """The newest making of an enterprise's map: at `made_at` (µs); `next_at`: when time alone changes it again."""

    enterprise = models.OneToOneField("accounts.Organisation", models.CASCADE, related_name="+")
    made_at = models.BigIntegerField()
    next_at = models.BigIntegerField(null=True)

    class Meta:
        indexes = (models.Index(fields=["next_at"], name="risk_state_next"),)


class RiskVersion(TenantModel):
    """A factor (`yufang.sensing.riskmap.model.Factor`, as `data`) as the map showed it from `start` to `end` (µs, `end`
    not included; null: it still does)."""

    enterprise = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="+")
    ref = models.CharField(max_length=240)
    start = models.BigIntegerField()
    end = models.BigIntegerField(null=True)
    data = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["enterprise", "ref"], condition=models.Q(end__isnull=True), name="risk_version_open_once"
            ),
            models.CheckConstraint(
                condition=models.Q(end__isnull=True) | models.Q(end__gt=models.F("start")), name="risk_version_lasts"
            ),
        )
        indexes = (models.Index(fields=["enterprise", "end"], name="risk_version_end"),)


class RiskSpan(TenantModel):
    """From `start` to `upto` (µs) the map of an enterprise was being kept. Between two spans nobody knows."""

    enterprise = models.ForeignKey("accounts.Organisation", models.CASCADE, related_name="+")
    start = models.BigIntegerField()
    upto = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["enterprise", "-upto"], name="risk_span_newest"),)

# mypy: disable-error-code="var-annotated"
"""Areas of an enterprise or a site, each with the token of its QR code, and the plans they are drawn on."""

from __future__ import annotations

import secrets

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


def new_token() -> str:
    """128 random bits, short enough for a QR code that a worn print still gives."""
    return secrets.token_urlsafe(16)


class SitePlan(TenantModel):
    """A drawing of a site, kept under the hash of its redrawn image. `corners` are the WGS-84 positions of the
    picture's upper left and lower right corner, `[[lat, lon], [lat, lon]]`; null where nobody measured them."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64)
    width = models.IntegerField()
    height = models.IntegerField()
    corners = models.JSONField(null=True)
    synthetic = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())


class Area(TenantModel):
    """A part of a site that a person can name and stand in: a workshop, a yard, a store.

    `team` is who works there, `outline` its corners on the plan in shares of width and height (0 to 1), `token` what
    its QR code carries. `closed` says that nobody should be in there now; reports of it are still taken.
    """

    class Kind(models.TextChoices):
        WORKSHOP = "workshop"
        STORE = "store"
        YARD = "yard"
        UTILITY = "utility"
        OFFICE = "office"
        CONSTRUCTION = "construction"
        OTHER = "other"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=120)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices, default=Kind.OTHER)
    team = models.ForeignKey("accounts.Organisation", models.SET_NULL, null=True, related_name="+")
    plan = models.ForeignKey(SitePlan, models.SET_NULL, null=True, related_name="areas")
    outline = models.JSONField(default=list)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    token = models.CharField(max_length=43, default=new_token, unique=True)
    closed = models.BooleanField(default=False)
    closed_why = models.TextField(blank=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "key"], name="area_key"),)
        indexes = (models.Index(fields=["enterprise", "id"], name="area_enterprise"),)

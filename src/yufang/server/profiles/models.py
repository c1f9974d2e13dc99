# mypy: disable-error-code="var-annotated"
"""The region, its enterprises with their equipment, and the months of their risk profiles."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from yufang.server.tenancy import TenantModel


class Region(TenantModel):
    """What a regulator watches over. `as_of`: the day that a made-up region believes it is; null: today."""

    organisation = models.OneToOneField("accounts.Organisation", models.PROTECT, related_name="+")
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    synthetic = models.BooleanField(default=False)
    as_of = models.DateField(null=True)
    districts = models.JSONField(default=dict)  # GeoJSON FeatureCollection
    groups = models.JSONField(default=dict)  # `yufang.profiles.regional.RegionalView`; empty until one was loaded


class Enterprise(TenantModel):
    """An enterprise with its newest profile beside it, so that the ranked list is one index scan."""

    organisation = models.OneToOneField("accounts.Organisation", models.PROTECT, primary_key=True, related_name="+")
    name = models.CharField(max_length=200)
    credit_code = models.CharField(max_length=40)
    industry_code = models.CharField(max_length=10)
    industry_zh = models.CharField(max_length=120)
    industry_en = models.CharField(max_length=200)
    district = models.CharField(max_length=120)
    employees = models.IntegerField(null=True)
    longitude = models.FloatField(null=True)
    latitude = models.FloatField(null=True)
    processes = ArrayField(models.TextField(), default=list)
    materials = ArrayField(models.TextField(), default=list)
    synthetic = models.BooleanField(default=False)

    rank = models.IntegerField(null=True)
    score = models.FloatField(null=True)
    colour = models.CharField(max_length=10, blank=True)
    trend = models.FloatField(null=True)
    expected_injuries = models.FloatField(null=True)
    peer_percentile = models.FloatField(null=True)
    injuries_12m = models.IntegerField(null=True)
    sparkline = ArrayField(models.FloatField(), default=list)  # score of up to 12 months, oldest first

    class Meta:
        indexes = (
            models.Index(fields=["rank"], name="enterprise_rank"),
            models.Index(fields=["industry_code"], name="enterprise_industry"),
            models.Index(fields=["path", "colour"], name="enterprise_colours"),
        )


class Equipment(TenantModel):
    """Equipment as imported."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=80)
    model = models.CharField(max_length=120)
    count = models.IntegerField(null=True)
    commissioned_on = models.DateField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "key"], name="equipment_key"),)


class ProfileMonth(TenantModel):
    """The risk profile of one enterprise as of one month (see `yufang.profiles.contracts.RiskProfile`)."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    month = models.DateField()
    injuries_12m = models.IntegerField()
    lost_days_12m = models.FloatField()
    hazards_12m = models.IntegerField()
    confirmed_since = models.IntegerField(default=0)  # points that people confirmed after the run
    expected_injuries = models.FloatField()
    expected_injuries_low = models.FloatField()
    expected_injuries_high = models.FloatField()
    expected_lost_days = models.FloatField()
    credibility = models.FloatField()
    class_code = models.CharField(max_length=20)
    score = models.FloatField()
    colour = models.CharField(max_length=10)
    trend = models.FloatField()
    peer_percentile = models.FloatField()
    reasons_zh = ArrayField(models.TextField(), default=list)
    reasons_en = ArrayField(models.TextField(), default=list)
    colour_rule = models.CharField(max_length=10, default="")
    exposure = models.FloatField(default=0)
    exposure_basis = models.CharField(max_length=20, default="")
    yearly_change = models.FloatField(null=True)
    yearly_change_low = models.FloatField(null=True)
    yearly_change_high = models.FloatField(null=True)
    seasons = ArrayField(models.FloatField(), default=list)  # January first; empty where unknown
    rungs = models.JSONField(default=list)
    movement = models.JSONField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "month"], name="profile_month"),)


class ExposureIndex(TenantModel):
    """Measured exposure of one post to one agent (see `yufang.profiles.disease.ExposureResult`, kept in `body`)."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=400)  # place, post, agent, fraction and day
    measured_on = models.DateField()
    index = models.FloatField(null=True)
    body = models.JSONField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "key"], name="exposure_key"),)

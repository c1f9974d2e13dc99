# mypy: disable-error-code="var-annotated"
"""Devices that people wear, who wears them, what for they agreed, where they were last, and who looked."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class Purpose(models.TextChoices):
    """What a position may be used for. There is no other use."""

    ALARM = "alarm"
    RESCUE = "rescue"


class WornDevice(TenantModel):
    """A tag that a person wears or a vehicle carries. `key` is the device of its channels; its positions are metres on
    `plan`, where it is null on the only plan of the enterprise that was measured."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    plan = models.ForeignKey("places.SitePlan", models.SET_NULL, null=True, related_name="+")
    vehicle = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "key"], name="worn_device_key"),)


class Wearing(TenantModel):
    """A person wears a device from `issued_at` until `returned_at`, at the latest until the shift ends."""

    device = models.ForeignKey(WornDevice, models.PROTECT, related_name="wearings")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    issued_at = models.DateTimeField()
    shift_ends = models.DateTimeField()
    returned_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["device"], condition=models.Q(returned_at__isnull=True), name="worn_device_by_one"
            ),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(returned_at__isnull=True), name="person_wears_one"
            ),
        )


class Consent(TenantModel):
    """A person agreed to one purpose, until withdrawn. Rows stay: what held when can be shown."""

    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    given_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person", "purpose"], condition=models.Q(withdrawn_at__isnull=True), name="consent_once"
            ),
        )


class LatestFix(TenantModel):
    """Where a device was last: the only place where a position is kept. It is overwritten, and blurred to the area
    after the shift. x, y: metres on the plan from its lower left corner; sd_m: standard deviation; at: µs."""

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    device = models.OneToOneField(WornDevice, models.CASCADE, related_name="fix")
    wearing = models.ForeignKey(Wearing, models.CASCADE, null=True, related_name="+")
    at = models.BigIntegerField()
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    sd_m = models.FloatField(null=True)
    floor = models.IntegerField(null=True)
    area = models.ForeignKey("places.Area", models.SET_NULL, null=True, related_name="+")
    area_p = models.FloatField(null=True)
    blurred = models.BooleanField(default=False)


class PositionLook(TenantModel):
    """Somebody looked at a person's position. The person reads these."""

    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=80)
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(db_default=Now())

    web_privileges = "SELECT, INSERT, DELETE, UPDATE (by_name)"  # retention; the name of an erased reader

    class Meta:
        indexes = (models.Index(fields=["person", "-at"], name="position_look_person"),)


class ZoneRules(TenantModel):
    """What is asked of whoever is in an area; its outline is the area's on the plan. `hours`: when it holds, as in
    `yufang.sensing.positions.zones`. An area that is closed is forbidden at all hours, whatever stands here."""

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    area = models.OneToOneField("places.Area", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10)
    hours = models.JSONField(default=list)
    floor = models.IntegerField(null=True)
    max_people = models.IntegerField(default=0)
    lone_after_s = models.FloatField(default=0.0)
    sight_s = models.FloatField(default=0.0)
    hold_s = models.FloatField(default=2.0)

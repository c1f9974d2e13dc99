# mypy: disable-error-code="var-annotated"
"""Devices and channels, who sends their readings, what was taken, and the events found in them.

The readings themselves are no rows: they lie in the enterprise's store (`yufang.sensing.store`).
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class Device(TenantModel):
    """A thing that measures. `organisation` is the enterprise or the site that it stands in."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    kind = models.CharField(max_length=40, blank=True)
    area = models.ForeignKey("places.Area", models.SET_NULL, null=True, related_name="+")
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "key"], name="sensing_device_key"),)


class Channel(TenantModel):
    """One measured quantity of a device (`yufang.sensing.channels.Channel`), and its newest reading.

    `limits` are its own, beside those of the standards (`with_standards`; `place` is a methane sensor's in a coal
    mine). A `personal` channel says something about one person: who reads it needs a permission and is logged.
    `registered_by` is the edge node that registered it (`edge/12`); "" once a person did, whose word then stands.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, models.PROTECT, related_name="channels")
    key = models.CharField(max_length=120)
    name_zh = models.CharField(max_length=120, blank=True)
    name_en = models.CharField(max_length=120, blank=True)
    quantity = models.CharField(max_length=60)
    unit = models.CharField(max_length=24)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    every_s = models.FloatField(default=1.0)
    area = models.ForeignKey("places.Area", models.SET_NULL, null=True, related_name="+")
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    z = models.FloatField(null=True)
    calibrated_on = models.DateField(null=True)
    calibration_expires = models.DateField(null=True)
    with_standards = models.BooleanField(default=True)
    place = models.CharField(max_length=10, blank=True)
    limits = models.JSONField(default=list)
    personal = models.BooleanField(default=False)
    closed = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)
    last_time = models.BigIntegerField(null=True)  # event time, µs
    last_value = models.FloatField(null=True)
    last_flag = models.IntegerField(db_default=0)
    registered_by = models.CharField(max_length=40, blank=True, default="", db_default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "key"], name="sensing_channel_key"),)


class Source(TenantModel):
    """Who sends readings: an edge node, or a device or program with a key of its own.

    Its messages count from 0. All before `upto` came, but for `gaps` ([from, to] both included). `state` is what the
    quality marks and detectors of a source without an edge node remember between two batches.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    key_sha256 = models.CharField(max_length=64, blank=True)  # "" for an edge node: that signs
    detects = models.BooleanField(default=False)  # its events come along; the platform runs no detectors on it
    upto = models.BigIntegerField(db_default=0)
    gaps = models.JSONField(default=list)
    state = models.BinaryField(null=True)
    last_at = models.DateTimeField(null=True)
    closed = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "name"], name="sensing_source_name"),)
        indexes = (models.Index(fields=["key_sha256"], condition=~models.Q(key_sha256=""), name="sensing_source_key"),)


class Batch(TenantModel):
    """One message that was taken. Rows are let go after a while; that it came is known from its source's count."""

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, models.CASCADE, related_name="batches")
    sequence = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    readings = models.IntegerField()
    events = models.IntegerField()
    refused = models.IntegerField()
    first_time = models.BigIntegerField(null=True)  # event time, µs
    last_time = models.BigIntegerField(null=True)
    refusals = models.JSONField(default=list)
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT, DELETE"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["source", "sequence"], name="sensing_batch_once"),)
        indexes = (models.Index(fields=["at"], name="sensing_batch_at"),)


class UnknownChannel(TenantModel):
    """A key that came and isn't registered: its readings were refused. Few are kept for each enterprise."""

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    source = models.ForeignKey(Source, models.CASCADE, related_name="+")
    key = models.CharField(max_length=120)
    unit = models.CharField(max_length=24, blank=True)
    readings = models.BigIntegerField(db_default=0)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "key"], name="sensing_unknown_key"),)


class Episode(TenantModel):
    """What one detector said of one channel from `since` until it cleared; `alert` is the warning it belongs to.

    `alert_rule` is "" where its kind raises none. `channel` is null where the event is of no registered channel (a
    leak, a zone). Times are event time in µs.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    episode = models.CharField(max_length=80)
    detector = models.CharField(max_length=80)
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="+")
    subject = models.CharField(max_length=120)  # key of the channel, or what the event is about
    kind = models.CharField(max_length=40)
    since = models.BigIntegerField()
    at = models.BigIntegerField()  # of the newest message
    cleared_at = models.BigIntegerField(null=True)
    momentary = models.BooleanField(default=False)
    value = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    unit = models.CharField(max_length=24, blank=True)
    deviation = models.FloatField(null=True)
    sureness = models.FloatField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    evidence = models.JSONField(default=dict)
    area = models.ForeignKey("places.Area", models.SET_NULL, null=True, related_name="+")
    alert_rule = models.CharField(max_length=80, blank=True)
    alert = models.ForeignKey("warning.Warning", models.SET_NULL, null=True, related_name="+")
    source = models.ForeignKey(Source, models.CASCADE, null=True, related_name="+")
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "episode"], name="sensing_episode_once"),)
        indexes = (
            models.Index(fields=["enterprise", "-since", "id"], name="sensing_episode_newest"),
            models.Index(fields=["channel", "-since"], name="sensing_episode_channel"),
            models.Index(
                fields=["enterprise", "alert_rule", "subject"],
                condition=models.Q(cleared_at__isnull=True) & ~models.Q(alert_rule=""),
                name="sensing_episode_open",
            ),
        )


class SensingEvent(TenantModel):
    """One message of a detector (`yufang.sensing.detectors.contract.Event`) as it came; the same never twice."""

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    episode = models.ForeignKey(Episode, models.CASCADE, related_name="messages")
    key = models.CharField(max_length=120)
    state = models.CharField(max_length=8)
    at = models.BigIntegerField()
    value = models.FloatField(null=True)
    reason_zh = models.TextField()
    reason_en = models.TextField()
    taken_at = models.DateTimeField(db_default=Now())

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "key"], name="sensing_event_once"),)


class ChannelForecast(TenantModel):
    """The newest forecast of a channel: one row, overwritten.

    `told` is what the forecast says (`contracts.ChannelForecastOut`), `version` the model it is by, `drift` whether
    that still holds. `raised_since` (µs) while the probability stands above the model's threshold.
    """

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    channel = models.OneToOneField(Channel, models.CASCADE, related_name="forecast")
    made_at = models.DateTimeField()
    version = models.CharField(max_length=40, blank=True)
    told = models.JSONField()
    drift = models.JSONField(null=True)
    drift_at = models.DateTimeField(null=True)
    raised_since = models.BigIntegerField(null=True)


class LeakWatch(TenantModel):
    """Where the platform looks for leaks with all gas channels and the wind of a site.

    `config` are the fields of the detector (docs/sensing/leaks.md): candidate sources, wind channels, place on earth.
    `state` is what the detector remembers, which read the store up to `upto` (µs of event time).
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=60)
    plan = models.ForeignKey("places.SitePlan", models.SET_NULL, null=True, related_name="+")
    config = models.JSONField()
    closed = models.BooleanField(default=False)
    upto = models.BigIntegerField(db_default=0)
    state = models.BinaryField(null=True)
    trouble = models.JSONField(null=True)  # {zh, en}: why it can't work now

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "name"], name="sensing_leak_watch_name"),)

# mypy: disable-error-code="var-annotated"
"""Channels, who is reached by them, rosters, and everything that was sent with its result."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class Channel(TenantModel):
    """A way that an organisation sends by. `settings` are shown to whoever manages it, `sealed` (keys, passwords) is
    encrypted with the server's key and never leaves. `base` is the address of a private deployment."""

    class Kind(models.TextChoices):
        SMS = "sms"
        DINGTALK = "dingtalk"
        WECOM = "wecom"
        FEISHU = "feishu"
        EMAIL = "email"
        WEBHOOK = "webhook"
        WEB_PUSH = "web_push"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    name = models.CharField(max_length=80)
    settings = models.JSONField(default=dict)
    sealed = models.TextField(blank=True)
    enabled = models.BooleanField(default=True)
    failures = models.IntegerField(default=0)  # in a row
    last_ok_at = models.DateTimeField(null=True)
    last_failed_at = models.DateTimeField(null=True)
    last_error_zh = models.TextField(blank=True)
    last_error_en = models.TextField(blank=True)
    synthetic = models.BooleanField(default=False)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "name"], name="dispatch_channel_name"),)


class Reach(TenantModel):
    """A person's address on a channel (their number, mailbox, browser), in the order in which they are tried."""

    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, models.CASCADE, null=True, related_name="reaches")  # null: this browser
    kind = models.CharField(max_length=10, choices=Channel.Kind.choices)
    sealed = models.TextField(blank=True)  # the address: personal data, encrypted like a channel's keys
    hint = models.CharField(max_length=80, blank=True)  # 138****5678
    position = models.IntegerField(default=0)
    enabled = models.BooleanField(default=True)
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = (models.Index(fields=["person", "position"], name="dispatch_reach_person"),)


class Roster(TenantModel):
    """Who is on duty for one task of an organisation: an enterprise, a site or a team."""

    class Duty(models.TextChoices):
        ON_SITE_SUPERVISOR = "on_site_supervisor"
        TEAM_LEADER = "team_leader"
        SAFETY_MANAGER = "safety_manager"
        REGULATOR = "regulator"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    duty = models.CharField(max_length=20, choices=Duty.choices)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "duty"], name="dispatch_roster_once"),)


class Shift(TenantModel):
    """One person on duty from `starts_at` until before `ends_at`."""

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="shifts")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="dispatch_shift_span"),
            models.UniqueConstraint(fields=["roster", "person", "starts_at"], name="dispatch_shift_once"),
        )
        indexes = (models.Index(fields=["roster", "starts_at"], name="dispatch_shift_at"),)


class StandIn(TenantModel):
    """`person` is away from `starts_at` until before `ends_at`; `stand_in` takes their shifts (null: nobody does)."""

    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    stand_in = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    why = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="dispatch_stand_in_span"
            ),
        )


class Notice(TenantModel):
    """Something that people must hear of, written in the transaction in which it happened: an alert at one level of
    its chain, or another matter. A job finds out who, and sends."""

    warning = models.ForeignKey("warning.Warning", models.CASCADE, null=True, related_name="+")
    level = models.SmallIntegerField(default=0)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=160)
    people = ArrayField(models.BigIntegerField(), default=list)  # empty for an alert: its chain decides
    only = models.ForeignKey(Reach, models.CASCADE, null=True, related_name="+")  # a test message goes here only
    title_zh = models.TextField(blank=True)
    title_en = models.TextField(blank=True)
    body_zh = models.TextField(blank=True)
    body_en = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    content = models.CharField(max_length=64)  # what makes two notices the same
    # Duty that nobody held, and who hears of it instead.
    holes = models.JSONField(default=list)
    at = models.DateTimeField()
    spread_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=["content", "-at"], name="dispatch_notice_content"),
            models.Index(fields=["at"], condition=models.Q(spread_at=None), name="dispatch_notice_open"),
            models.Index(fields=["warning", "level"], name="dispatch_notice_warning"),
        )


class Delivery(TenantModel):
    """One message to one person by one way. `message_id` stays the same over all tries: the receiver knows a second
    copy by it. `next_try_at` is also the lease of a try under way: a worker that dies leaves the row due again."""

    class State(models.TextChoices):
        WAITING = "waiting"
        SENT = "sent"
        FAILED = "failed"
        DROPPED = "dropped"  # no longer needed: the alert was closed before it went out

    notice = models.ForeignKey(Notice, models.CASCADE, related_name="deliveries")
    warning = models.ForeignKey("warning.Warning", models.CASCADE, null=True, related_name="+")
    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, blank=True)  # in the chain: on_site_supervisor, zone, …
    kind = models.CharField(max_length=10)  # a channel's kind, or in_app
    reach = models.ForeignKey(Reach, models.SET_NULL, null=True, related_name="+")
    channel = models.ForeignKey(Channel, models.SET_NULL, null=True, related_name="+")
    fell_back_from = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    error_zh = models.TextField(blank=True)
    error_en = models.TextField(blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["notice", "person", "reach"], name="dispatch_delivery_once"),
            models.UniqueConstraint(
                fields=["notice", "person"], condition=models.Q(kind="in_app"), name="dispatch_delivery_bell_once"
            ),
        )
        indexes = (
            models.Index(fields=["next_try_at"], condition=models.Q(state="waiting"), name="dispatch_delivery_due"),
            models.Index(fields=["warning", "id"], name="dispatch_delivery_warning"),
            models.Index(fields=["channel", "-made_at"], name="dispatch_delivery_channel"),
        )


class Attempt(TenantModel):
    """One try of a delivery. Without `result` it is under way, or its worker died: whether it arrived is not known."""

    class Result(models.TextChoices):
        UNDER_WAY = "under_way"
        SENT = "sent"
        FAILED = "failed"
        CUT_OFF = "cut_off"

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    number = models.IntegerField()
    started_at = models.DateTimeField()
    took_ms = models.IntegerField(null=True)
    result = models.CharField(max_length=10, choices=Result.choices, default=Result.UNDER_WAY)
    error_zh = models.TextField(blank=True)
    error_en = models.TextField(blank=True)
    next_try_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["delivery", "number"], name="dispatch_attempt_once"),)


class InboxItem(TenantModel):
    """What a person finds under the bell. `path` is where the person belongs, so that they always see it."""

    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")
    notice = models.ForeignKey(Notice, models.CASCADE, related_name="+")
    warning_number = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=40)
    tier = models.CharField(max_length=10, blank=True)
    title_zh = models.TextField()
    title_en = models.TextField()
    body_zh = models.TextField(blank=True)
    body_en = models.TextField(blank=True)
    link = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "notice"], name="dispatch_inbox_once"),)
        indexes = (
            models.Index(fields=["person", "-at"], name="dispatch_inbox_person"),
            models.Index(fields=["person"], condition=models.Q(read_at=None), name="dispatch_inbox_unread"),
        )


class AckToken(TenantModel):
    """A one-tap link: for one alert and one person, until `expires_at`, once. Only the hash of the link is kept."""

    warning = models.ForeignKey("warning.Warning", models.CASCADE, related_name="+")
    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

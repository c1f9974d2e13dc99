# mypy: disable-error-code="var-annotated"
"""Alerts (tiered warnings with a life), every step taken with them, mute windows, and the signals behind them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Least, Now

from yufang.server.tenancy import TenantModel


class Warning(TenantModel):
    """An alert about one subject of one enterprise: one episode, from raised to closed.

    `subject_key` and `rule` identify it across runs. Of each pair at most one episode is open: the partial unique
    index `warning_open` holds it, whoever writes. An episode that is closed stays as it was; the next one is a new
    row, so that its history, deadlines and deliveries are its own. `level`, `round`, `owed`, `escalate_at`,
    `close_at`, `quiet_until` and `quiet_why` are the machine's (`yufang.warning.lifecycle.Alert`).
    """

    class State(models.TextChoices):
        RAISED = "raised"
        ACKNOWLEDGED = "acknowledged"
        HANDED_ON = "handed_on"
        ESCALATED = "escalated"
        DOWNGRADED = "downgraded"
        RESOLVED = "resolved"
        CLOSED = "closed"

    class Origin(models.TextChoices):
        RUN = "run"  # a load gives it and may let it lapse
        EVENT = "event"

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

    origin = models.CharField(max_length=5, choices=Origin.choices, db_default=Origin.RUN)
    episode = models.IntegerField(db_default=1)
    area = models.ForeignKey("places.Area", models.SET_NULL, null=True, related_name="+")
    hazard_number = models.BigIntegerField(null=True)  # no key: the room `hazards` stands after this one
    level = models.SmallIntegerField(db_default=0)
    round = models.IntegerField(db_default=1)
    owed = models.BooleanField(db_default=False)
    flapping = models.BooleanField(db_default=False)
    escalate_at = models.DateTimeField(null=True)
    close_at = models.DateTimeField(null=True)
    quiet_until = models.DateTimeField(null=True)
    quiet_why = models.CharField(max_length=7, db_default="")
    # When the machine has to be run next. The database computes it: no writer can forget it.
    due_at = models.GeneratedField(
        expression=Least("escalate_at", "close_at", "quiet_until"),
        output_field=models.DateTimeField(null=True),
        db_persist=True,
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "subject_key", "rule"], condition=~models.Q(state="closed"), name="warning_open"
            ),
            models.UniqueConstraint(fields=["organisation", "subject_key", "rule", "episode"], name="warning_episode"),
        )
        indexes = (
            models.Index(fields=["gravity", "due_on", "-probability", "id"], name="warning_order"),
            models.Index(fields=["organisation", "state", "tier"], name="warning_enterprise"),
            # Counts of the region are read from this index alone; the rows are wide.
            models.Index(fields=["path", "state", "tier"], name="warning_counts"),
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="warning_due"),
            models.Index(fields=["area"], condition=models.Q(area__isnull=False), name="warning_area"),
        )


class Step(TenantModel):
    """One step in a warning's life. `by` is null where the platform took it."""

    warning = models.ForeignKey(Warning, models.CASCADE, related_name="steps")
    action = models.CharField(max_length=20)  # the machine's step, or lapsed, reassessed, flapping
    note = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    to = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()
    by_load = models.BooleanField(default=False)  # the leaf is that of a whole load

    web_privileges = "SELECT, INSERT"


class MuteWindow(TenantModel):
    """Nobody is told of alerts that it covers between `starts_at` and `ends_at`: a drill, a planned stop, a test.

    An empty `rule` or `subject_key` and no `area` mean all of them under `organisation`.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    rule = models.CharField(max_length=80, db_default="")
    subject_key = models.CharField(max_length=160, db_default="")
    area = models.ForeignKey("places.Area", models.CASCADE, null=True, related_name="+")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT, UPDATE"

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="mute_window_span"),
        )
        indexes = (models.Index(fields=["ends_at"], name="mute_window_end"),)


class Watch(TenantModel):
    """The memory of one rule at one subject (`yufang.warning.lifecycle_signals.Signal`): holds, facts, flapping."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    rule = models.CharField(max_length=80)
    subject_key = models.CharField(max_length=160)
    area = models.ForeignKey("places.Area", models.SET_NULL, null=True, related_name="+")
    signal = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "rule", "subject_key"], name="watch_key"),)
        indexes = (models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="watch_due"),)

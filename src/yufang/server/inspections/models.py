# mypy: disable-error-code="var-annotated"
"""Inspection plans, what was found, orders of the authority, and papers that run out.

A regulator's plan, with its answers and photos, carries the regulator's own path: an unannounced inspection isn't
announced by the platform. What comes of it, hazards and orders, carries the enterprise's.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Coalesce, Now

from yufang.server.tenancy import TenantModel


class Plan(TenantModel):
    """One inspection of one enterprise on one day. `number` counts those of the day and side from 1."""

    class Side(models.TextChoices):
        OWN = "own"  # the enterprise looks at itself
        REGULATOR = "regulator"

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        DROPPED = "dropped"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    day = models.DateField()
    side = models.CharField(max_length=10, choices=Side.choices)
    number = models.IntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    minutes = models.IntegerField()  # the budget
    used = models.IntegerField()
    opening = models.IntegerField()
    metres = models.FloatField(null=True)  # length of the way where places are known
    expected = models.FloatField()  # findings that the plan lets one expect
    left_out = models.JSONField(default=list)  # what found no room: title, sources, worth
    rules = models.CharField(max_length=64)  # hash of the tables that weighed and timed
    seed = models.CharField(max_length=160)
    made_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    closed_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)
    ledger_index = models.BigIntegerField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "day", "side", "number"], name="plan_once"),)
        indexes = (models.Index(fields=["-day", "-id"], name="plan_order"),)


class Stop(TenantModel):
    """A place on the way. `area_id` is of the room `places`; `placed` says how the place is known."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="stops")
    position = models.IntegerField()
    name_zh = models.TextField()
    name_en = models.TextField()
    area_id = models.BigIntegerField(null=True)
    placed = models.CharField(max_length=8, default="")  # given | set | name: by the record, by a person, by its name
    reach = models.IntegerField()  # minutes to get there
    also = models.JSONField(default=list)  # checks of the packs that are worth a look when one is there

    class Meta:
        constraints = (models.UniqueConstraint(fields=["plan", "position"], name="stop_position"),)


class Item(TenantModel):
    """One thing to look at, with the reasons why it is on the plan."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="items")
    stop = models.ForeignKey(Stop, models.CASCADE, related_name="items")
    position = models.IntegerField()  # on the whole way
    key = models.CharField(max_length=200)
    sources = ArrayField(models.CharField(max_length=12))  # warning | point | equipment | certificate | hazard
    title_zh = models.TextField()
    title_en = models.TextField()
    check_zh = models.TextField()
    check_en = models.TextField()
    clause = models.TextField(default="")
    reasons = models.JSONField()  # [{source, zh, en, worth}]
    worth = models.FloatField()
    probability = models.FloatField(null=True)
    minutes = models.IntegerField()
    steps = ArrayField(models.CharField(max_length=12), default=list)
    explore = models.BooleanField(default=False)
    propensity = models.FloatField(default=1.0)
    point = models.ForeignKey("deduction.HazardPoint", models.PROTECT, null=True, related_name="+")
    warning_ids = ArrayField(models.BigIntegerField(), default=list)
    hazard_id = models.BigIntegerField(null=True)  # an open hazard whose fix waits to be looked at
    equipment_key = models.CharField(max_length=120, default="")
    paper_kind = models.CharField(max_length=12, default="")
    paper_code = models.CharField(max_length=20, default="")
    paper_holder = models.CharField(max_length=80, default="")
    judged = models.CharField(max_length=16, default="")  # source of `weights.yaml` that its chance is from
    chance = models.FloatField()  # that a look finds something, as foretold

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["plan", "position"], name="item_position"),
            models.UniqueConstraint(fields=["plan", "key"], name="item_key"),
        )


class Answer(TenantModel):
    """What a person found about one item. A finding opens a hazard in the same transaction."""

    class Result(models.TextChoices):
        OK = "ok"
        FINDING = "finding"
        NOT_APPLICABLE = "not_applicable"

    item = models.ForeignKey(Item, models.CASCADE, related_name="answers")
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    result = models.CharField(max_length=16, choices=Result.choices)
    note = models.TextField()
    paper_date = models.DateField(null=True)  # the day on the report or certificate that was shown
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    said_at = models.DateTimeField(null=True)
    client_id = models.UUIDField()
    hazard_id = models.BigIntegerField(null=True)
    body_hash = models.CharField(max_length=64)  # the same id with other content is refused
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["by", "client_id"], name="inspection_answer_once"),)

    @classmethod
    def valid(cls) -> models.QuerySet[Answer]:
        """Answers that nobody took back."""
        return cls.objects.filter(retraction__isnull=True)

    @staticmethod
    def in_order(answers: models.QuerySet[Answer]) -> models.QuerySet[Answer]:
        """Oldest first by when they were given on site."""
        return answers.order_by(Coalesce("said_at", "at"), "id")


class Retraction(TenantModel):
    """A person took back an answer of their own. Both stay."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="retraction")
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"


class Photo(TenantModel):
    """A photo of an item. It comes before its answer, so that a finding becomes a hazard with all its pictures."""

    item = models.ForeignKey(Item, models.CASCADE, related_name="photos")
    answer = models.ForeignKey(Answer, models.CASCADE, null=True, related_name="photos")
    client_id = models.UUIDField()
    sha256 = models.CharField(max_length=64)
    sent_sha256 = models.CharField(max_length=64)
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["by", "client_id"], name="inspection_photo_once"),)


class Placing(TenantModel):
    """Where a person said that an equipment stands; later plans of the enterprise use it."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    name_zh = models.CharField(max_length=200)
    area_id = models.BigIntegerField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "name_zh"], name="placing_once"),)


class Paper(TenantModel):
    """A dated paper: the report of an equipment's statutory inspection, or an operator's certificate.

    `holder` is what the enterprise calls the person (a staff number); no name is needed and none is asked for.
    """

    class Kind(models.TextChoices):
        EQUIPMENT = "equipment"
        CERTIFICATE = "certificate"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    code = models.CharField(max_length=20)  # row of special_equipment_check, or category of special_operation
    equipment_key = models.CharField(max_length=120, default="")
    holder = models.CharField(max_length=80, default="")
    done_on = models.DateField()  # inspected, issued or last reviewed on
    valid_until = models.DateField(null=True)  # as printed; null: by the standard's cycle
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation", "kind", "code", "equipment_key", "holder", "done_on"], name="paper_once"
            ),
        )


class Choice(TenantModel):
    """Which enterprises a regulator visits in a week, and why."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")  # the regulator
    week = models.DateField()  # its Monday
    number = models.IntegerField()
    capacity = models.IntegerField()
    seed = models.CharField(max_length=160)
    explore_share = models.FloatField()
    considered = models.IntegerField()
    rules = models.CharField(max_length=64)
    made_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "week", "number"], name="choice_once"),)


class ChosenPlace(TenantModel):
    """An enterprise of a choice, in the order of the way."""

    choice = models.ForeignKey(Choice, models.CASCADE, related_name="places")
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    position = models.IntegerField()
    day = models.DateField()
    explore = models.BooleanField()
    propensity = models.FloatField()
    priority = models.FloatField()
    reasons = models.JSONField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["choice", "organisation"], name="chosen_once"),)


class Order(TenantModel):
    """整改指令: an authority asks an enterprise to put hazards right by a day."""

    class State(models.TextChoices):
        ISSUED = "issued"
        CLOSED = "closed"
        WITHDRAWN = "withdrawn"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    issuer = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    issuer_name = models.CharField(max_length=200)  # the enterprise may not see the issuer's row
    year = models.IntegerField()
    number = models.IntegerField()  # counts the issuer's orders of the year
    plan = models.ForeignKey(Plan, models.PROTECT, null=True, related_name="+")  # the enterprise doesn't see that one
    state = models.CharField(max_length=10, choices=State.choices, default=State.ISSUED)
    basis = models.TextField()  # what it stands on, as the regulator wrote it
    deadline = models.DateField()
    client_id = models.UUIDField()
    body_hash = models.CharField(max_length=64)
    issued_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    issued_at = models.DateTimeField(db_default=Now())
    closed_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True, db_index=True)
    told = models.IntegerField(default=0)  # steps of `yufang.inspections.orders` that were told
    ledger_index = models.BigIntegerField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["client_id"], name="order_once"),
            models.UniqueConstraint(fields=["issuer", "year", "number"], name="order_number"),
        )
        indexes = (models.Index(fields=["-issued_at", "-id"], name="order_order"),)


class OrderItem(TenantModel):
    """One hazard that an order asks to be put right."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="items")
    position = models.IntegerField()
    hazard_id = models.BigIntegerField(db_index=True)
    requirement = models.TextField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "position"], name="order_item_position"),
            models.UniqueConstraint(fields=["order", "hazard_id"], name="order_item_hazard"),
        )


class OrderStep(TenantModel):
    """What became of an order. `by_id` is null where the platform took the step."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="steps")
    action = models.CharField(max_length=12)  # issued | reminded | overdue | escalated | closed | withdrawn
    note = models.TextField(default="")
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

# mypy: disable-error-code="var-annotated"
"""Hazard points deduced for enterprises and what people found on site."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Coalesce, Now

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
    probability = models.FloatField()  # the same, updated by answers here and at peers
    looks = models.IntegerField(db_default=0)  # answers to other points that spoke for this probability
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
    # Made by the phone before it is sent: the same answer sent twice is kept once.
    client_id = models.UUIDField(null=True)
    said_at = models.DateTimeField(null=True)  # when it was given on site; null: when it came
    slot = models.ForeignKey("deduction.Slot", models.PROTECT, null=True, related_name="answers")
    expected = models.FloatField(null=True)  # the point's probability before this answer

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["by", "client_id"], name="answer_once"),)

    @classmethod
    def valid(cls) -> models.QuerySet[Answer]:
        """Answers that nobody took back."""
        return cls.objects.filter(retraction__isnull=True)

    @staticmethod
    def in_order(answers: models.QuerySet[Answer]) -> models.QuerySet[Answer]:
        """Oldest first by when they were given on site, not by when they came."""
        return answers.order_by(Coalesce("said_at", "at"), "id")


class Retraction(TenantModel):
    """A person took back an answer of their own. Both stay."""

    answer = models.OneToOneField(Answer, models.CASCADE, related_name="retraction")
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"


class Photo(TenantModel):
    """A photo of an answer; the file stands in the photos folder under the hash of what is kept of it."""

    answer = models.ForeignKey(Answer, models.CASCADE, related_name="photos")
    sha256 = models.CharField(max_length=64)
    sent_sha256 = models.CharField(max_length=64)  # of the bytes as they came: the same photo twice is kept once
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()  # bytes
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["answer", "sent_sha256"], name="photo_once"),)


class Round(TenantModel):
    """The points that a visit to an enterprise looks at on one day; `number` counts the rounds of the day from 1."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    day = models.DateField()
    number = models.IntegerField()
    seed = models.CharField(max_length=160)
    explore_share = models.FloatField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "day", "number"], name="round_once"),)


class Slot(TenantModel):
    """A place on a round's list. `propensity`: how likely the draw was to put this point on it."""

    class Kind(models.TextChoices):
        LIKELY = "likely"
        EXPLORE = "explore"

    round = models.ForeignKey(Round, models.CASCADE, related_name="slots")
    point = models.ForeignKey(HazardPoint, models.CASCADE, related_name="slots")
    position = models.IntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    propensity = models.FloatField()
    probability = models.FloatField()  # when the list was drawn

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["round", "position"], name="slot_position"),
            models.UniqueConstraint(fields=["round", "point"], name="slot_point"),
        )


class BeliefVersion(TenantModel):
    """What was learnt from a region's answers in one night: widths of the layers and how well they foretell."""

    version = models.CharField(max_length=120)
    card = models.JSONField()
    made_at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["path", "version"], name="belief_version_once"),)

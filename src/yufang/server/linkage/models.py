# mypy: disable-error-code="var-annotated"
"""Records of agencies' files, the pairs that may be one, what people decided, and the clusters' history."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class Linked(TenantModel):
    """A linkage that was loaded: one for each kind in a region, with the model that scored it."""

    region = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)
    model = models.JSONField()
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["region", "kind"], name="linked_kind"),)


class Record(TenantModel):
    """One row of one file, as it came, and the cluster that it is in."""

    linked = models.ForeignKey(Linked, models.CASCADE, related_name="records")
    key = models.CharField(max_length=240)
    source = models.CharField(max_length=200)
    fields = models.JSONField()
    exclusive = models.CharField(max_length=40, null=True)  # a valid code or number: a cluster holds one
    cluster = models.CharField(max_length=40, db_index=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["linked", "key"], name="linkage_record_key"),)


class Pair(TenantModel):
    """Two records that may be one. `evidence`: for each field its level and its weight in bits."""

    class State(models.TextChoices):
        DESK = "desk"
        ACCEPTED = "accepted"
        SAME = "same"
        DIFFERENT = "different"

    linked = models.ForeignKey(Linked, models.CASCADE, related_name="pairs")
    left = models.ForeignKey(Record, models.CASCADE, related_name="+")
    right = models.ForeignKey(Record, models.CASCADE, related_name="+")
    probability = models.FloatField()
    weight = models.FloatField()
    sure = models.BooleanField()  # joined without a person's word
    evidence = models.JSONField(default=list)
    gain = models.FloatField()
    state = models.CharField(max_length=10, choices=State.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["left", "right"], name="linkage_pair_once"),)
        indexes = (models.Index(fields=["linked", "state", "-gain"], name="linkage_queue"),)


class PairDecision(TenantModel):
    """A person's word on two records, by their keys: it outlives every new scoring. The newest holds."""

    linked = models.ForeignKey(Linked, models.PROTECT, related_name="decisions")
    left_key = models.CharField(max_length=240)
    right_key = models.CharField(max_length=240)
    same = models.BooleanField()
    note = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"


class ClusterChange(TenantModel):
    """One step in the life of clusters. `by` is null where a run and no person made it."""

    linked = models.ForeignKey(Linked, models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    event = models.CharField(max_length=12)
    from_ids = models.JSONField()
    to_ids = models.JSONField()
    records = models.IntegerField()
    reason = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")

    web_privileges = "SELECT, INSERT"

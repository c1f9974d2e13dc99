# mypy: disable-error-code="var-annotated"
"""The risk graph of a region: its nodes, facts and chains, candidate facts and what experts said of them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class Graph(TenantModel):
    """One for each region. `revision` counts changes: what carries a higher one is new to whoever read before."""

    region = models.OneToOneField("accounts.Organisation", models.PROTECT, related_name="+")
    revision = models.BigIntegerField(default=0)
    chains_revision = models.BigIntegerField(default=0)
    synthetic = models.BooleanField(default=False)


class GraphNode(TenantModel):
    """A thing of the risk world, by the id it has on floor 1."""

    graph = models.ForeignKey(Graph, models.CASCADE, related_name="nodes")
    key = models.CharField(max_length=240)
    kind = models.CharField(max_length=20)
    label_zh = models.TextField()
    label_en = models.TextField()
    detail_zh = models.TextField()
    words = models.JSONField(default=list)
    changed = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["graph", "key"], name="graph_node_key"),)
        indexes = (models.Index(fields=["graph", "changed"], name="graph_node_changed"),)


class Fact(TenantModel):
    """A typed fact with where it comes from. `gone` facts stay, so that a projection in memory hears of it."""

    graph = models.ForeignKey(Graph, models.CASCADE, related_name="facts")
    source = models.CharField(max_length=240)
    relation = models.CharField(max_length=20)
    target = models.CharField(max_length=240)
    origin = models.CharField(max_length=12)
    support = models.IntegerField()
    confidence = models.FloatField()
    provenance = models.JSONField(default=list)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    gone = models.BooleanField(default=False)
    changed = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["graph", "source", "relation", "target", "origin"], name="graph_fact_once"),
        )
        indexes = (models.Index(fields=["graph", "changed"], name="graph_fact_changed"),)


class CausalChain(TenantModel):
    """A chain kept whole: `body` holds its ordered nodes, what stood beside, its cases and what they cost."""

    graph = models.ForeignKey(Graph, models.CASCADE, related_name="chains")
    body = models.JSONField()


class Candidate(TenantModel):
    """An association that data show, for an expert's yes or no. The newest decision on its ends and relation holds."""

    class State(models.TextChoices):
        WAITING = "waiting"
        ACCEPTED = "accepted"
        REFUSED = "refused"

    graph = models.ForeignKey(Graph, models.CASCADE, related_name="candidates")
    source = models.CharField(max_length=240)
    relation = models.CharField(max_length=20)
    target = models.CharField(max_length=240)
    shown = models.IntegerField()
    units = models.IntegerField()
    lift = models.FloatField()
    lift_low = models.FloatField()
    confidence = models.FloatField()
    p_value = models.FloatField()
    basis = models.CharField(max_length=10)
    provenance = models.JSONField(default=list)
    valid_from = models.DateField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["graph", "source", "relation", "target"], name="graph_candidate_once"),
        )
        indexes = (models.Index(fields=["graph", "state", "-lift_low"], name="graph_candidate_queue"),)


class CandidateDecision(TenantModel):
    """An expert's word, by the ends and relation it speaks of: it outlives every new run. The newest holds."""

    graph = models.ForeignKey(Graph, models.PROTECT, related_name="decisions")
    source = models.CharField(max_length=240)
    relation = models.CharField(max_length=20)
    target = models.CharField(max_length=240)
    accepted = models.BooleanField()
    reason = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

# mypy: disable-error-code="var-annotated"
"""What enterprises paid and cost, rule tables, simulations of the pool, proposals and who approved them."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class InsuredYear(TenantModel):
    """One enterprise in one year, yuan. `organisation` is null where no register knows the id: the row is kept all
    the same."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, null=True, related_name="+")
    owner = models.CharField(max_length=120)
    year = models.IntegerField()
    payroll = models.FloatField()
    benefits = models.FloatField()
    injuries = models.IntegerField()
    deaths = models.IntegerField()
    diseases = models.IntegerField()
    grade = models.IntegerField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["owner", "year"], name="insured_year_once"),)
        indexes = (models.Index(fields=["organisation", "year"], name="insured_year_owner"),)


class RefusedInsured(TenantModel):
    """A row of a file that was not taken: all of it, and why."""

    file = models.CharField(max_length=200)
    row = models.IntegerField()
    field = models.CharField(max_length=40)
    value = models.TextField()
    reason_zh = models.TextField()
    reason_en = models.TextField()
    raw = models.JSONField()
    at = models.DateTimeField(db_default=Now())


class RateTable(TenantModel):
    """A pooling area's own rule table as it was written. Tables are added, never changed."""

    key = models.CharField(max_length=80)
    name_zh = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200)
    effective_from = models.DateField()
    text = models.TextField()
    sha256 = models.CharField(max_length=64)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["path", "sha256"], name="rate_table_once"),)


class RateRun(TenantModel):
    """One simulation of the pool. `table` null: the national one. `income_change` null: base rates as they stand."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    year = models.IntegerField(null=True)
    table = models.ForeignKey(RateTable, models.PROTECT, null=True, related_name="+")
    income_change = models.FloatField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.IntegerField(default=0)
    total = models.IntegerField(default=0)
    tries = models.IntegerField(default=0)
    asked_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    beat_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    problem_zh = models.TextField(default="")
    problem_en = models.TextField(default="")
    result = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["path"], condition=models.Q(state__in=["queued", "running"]), name="one_simulation_at_a_time"
            ),
        )


class RateProposal(TenantModel):
    """The rate that one simulation proposes to one enterprise; `body` is the floor-1 contract."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        APPROVED = "approved"
        RETURNED = "returned"
        UNRATED = "unrated"

    run = models.ForeignKey(RateRun, models.PROTECT, related_name="proposals")
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, null=True, related_name="+")
    owner = models.CharField(max_length=120)
    name = models.CharField(max_length=200)
    rate_class = models.IntegerField()
    move = models.IntegerField()  # change of the grade in per cent points
    premium_now = models.FloatField()
    premium_proposed = models.FloatField()
    change = models.FloatField()  # of the rate, as a ratio minus 1
    experience = models.FloatField()
    body = models.JSONField()
    state = models.CharField(max_length=10, choices=State.choices)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["run", "owner"], name="rate_proposal_once"),)
        indexes = (
            models.Index(fields=["run", "state"], name="rate_proposal_state"),
            models.Index(fields=["organisation", "-run"], name="rate_proposal_owner"),
        )


class RateDecision(TenantModel):
    """A named person approved a proposal, or returned it with a reason."""

    class Kind(models.TextChoices):
        APPROVED = "approved"
        RETURNED = "returned"

    proposal = models.ForeignKey(RateProposal, models.PROTECT, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    reason = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

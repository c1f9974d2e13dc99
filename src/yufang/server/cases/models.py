# mypy: disable-error-code="var-annotated"
"""Injury cases, the codes suggested for them and what people decided."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class InjuryCase(TenantModel):
    """A case as imported. `organisation` is the enterprise, or the region where the enterprise isn't known."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    region = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    key = models.CharField(max_length=120)
    enterprise_name = models.CharField(max_length=200)
    occurred_on = models.DateField(null=True)
    reported_on = models.DateField(null=True)
    narrative = models.TextField()
    place = models.TextField()
    job = models.TextField()
    equipment = models.TextField()
    lost_days = models.FloatField(null=True)
    deaths = models.IntegerField(null=True)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["region", "key"], name="case_key"),)
        indexes = (models.Index(fields=["occurred_on"], name="case_occurred_on"),)


class CaseCode(TenantModel):
    """The code of one case for one facet: suggested by a model, standing by itself or decided by a person."""

    class State(models.TextChoices):
        AUTO = "auto"
        REVIEW = "review"
        DECIDED = "decided"

    case = models.ForeignKey(InjuryCase, models.CASCADE, related_name="codes")
    facet = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices)
    code = models.CharField(max_length=40, null=True)
    probability = models.FloatField()
    threshold = models.FloatField()
    suggestions = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    model_version = models.CharField(max_length=120)
    # Errors that a look at this row is expected to mend: 1 - probability of the best code. Orders the review queue.
    gain = models.FloatField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "facet"], name="case_facet"),)
        indexes = (
            models.Index(fields=["state", "-gain"], name="case_code_queue"),
            models.Index(fields=["path", "state"], name="case_code_counts"),
        )


class GoldLabel(TenantModel):
    """The code that a case's source gave it, in the words of the facet's list. A person's decision outranks it."""

    case = models.ForeignKey(InjuryCase, models.CASCADE, related_name="gold_labels")
    facet = models.CharField(max_length=40)
    code = models.CharField(max_length=40)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["case", "facet"], name="gold_label_facet"),)


class BulkAccept(TenantModel):
    """All pending suggestions of one code above a probability, accepted at once by a named person with a reason."""

    facet = models.CharField(max_length=40)
    code = models.CharField(max_length=40)
    least_probability = models.FloatField()
    accepted = models.IntegerField()
    cases_sha256 = models.CharField(max_length=64)
    reason = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()
    undone_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(null=True)


class Decision(TenantModel):
    """A person's decision on one code; the newest that wasn't undone holds. An undoing is a decision too."""

    class Kind(models.TextChoices):
        DECIDED = "decided"  # one case, looked at
        AGREED = "agreed"  # both coders of a campaign gave this code
        ADJUDICATED = "adjudicated"  # a third person settled their disagreement
        BULK = "bulk"  # accepted with many others, unread: teaches no model
        UNDONE = "undone"  # takes `undoes` back

    case_code = models.ForeignKey(CaseCode, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.DECIDED)
    code = models.CharField(max_length=40)  # of an undoing: the code that came back, "" for none
    previous = models.CharField(max_length=40, null=True)
    previous_state = models.CharField(max_length=10, default="")
    # What the machine suggested at that moment: kept, because the next version may suggest another code.
    suggested = models.CharField(max_length=40, default="")
    suggested_probability = models.FloatField(default=0.0)
    model_version = models.CharField(max_length=120, default="")
    note = models.TextField()
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()
    undoes = models.OneToOneField("self", models.CASCADE, null=True, related_name="undone_by")
    bulk = models.ForeignKey(BulkAccept, models.CASCADE, null=True, related_name="decisions")

    web_privileges = "SELECT, INSERT"

    class Meta:
        indexes = (models.Index(fields=["by", "-id"], name="decision_of_person"),)


class Campaign(TenantModel):
    """Cases that two named people code without seeing each other's codes."""

    title = models.CharField(max_length=120)
    facet = models.CharField(max_length=40)
    first_coder = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    second_coder = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    show_suggestions = models.BooleanField(default=False)
    opened_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()


class CampaignItem(TenantModel):
    """One case of a campaign. Its code on the desk is untouched until both agree or a third person settles it."""

    class State(models.TextChoices):
        OPEN = "open"
        AGREED = "agreed"
        DISPUTED = "disputed"
        SETTLED = "settled"

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="items")
    case_code = models.ForeignKey(CaseCode, models.CASCADE, related_name="campaign_items")
    place = models.IntegerField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["campaign", "case_code"], name="campaign_case"),)


class BlindCode(TenantModel):
    """The code that one of the two coders gave, or the third person's that settles it. Never changed."""

    item = models.ForeignKey(CampaignItem, models.CASCADE, related_name="codes")
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    code = models.CharField(max_length=40)
    note = models.TextField()
    settles = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["item", "by"], name="blind_code_once"),)


class LabelSuspect(TenantModel):
    """A code that taught a model and that the model, not having seen it, finds improbable: a person looks again."""

    case_code = models.OneToOneField(CaseCode, models.CASCADE, related_name="suspect")
    given = models.CharField(max_length=40)
    likely = models.CharField(max_length=40)
    p_given = models.FloatField()
    p_likely = models.FloatField()
    rank = models.IntegerField()
    origin = models.CharField(max_length=10)  # whose code it is: source or person
    open = models.BooleanField(default=True)

    class Meta:
        indexes = (models.Index(fields=["open", "rank"], name="label_suspect_queue"),)

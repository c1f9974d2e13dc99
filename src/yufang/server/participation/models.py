# mypy: disable-error-code="var-annotated"
"""Points, thanks and rewards; ideas and their trials; the board; self-assessments; who doesn't want to be named."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class OptOut(TenantModel):
    """A person who is named nowhere in this room. The row goes when they change their mind."""

    person = models.OneToOneField("accounts.Person", models.CASCADE, related_name="+")
    at = models.DateTimeField(db_default=Now())

    web_privileges = "SELECT, INSERT, DELETE"


class PointEntry(TenantModel):
    """Points of a named person for one act. `subject` is `hazard:12` or `idea:3`; derived, never typed in.

    `withdrawn_at`: the act no longer counts (a hazard was refused after all); the row stays.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)
    what = models.CharField(max_length=12)
    rule = models.CharField(max_length=40)
    table = models.CharField(max_length=20)  # version of the rule table
    points = models.IntegerField()
    before_cap = models.IntegerField()
    sharers = models.IntegerField()
    month = models.CharField(max_length=7)
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)
    ledger_index = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "subject", "what"], name="point_entry_once"),)
        indexes = (models.Index(fields=["organisation", "month"], name="point_entry_month"),)


class Thanks(TenantModel):
    """Words of thanks to a named person, made once from what their act led to."""

    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)
    text_zh = models.TextField()
    text_en = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["person", "subject"], name="thanks_once"),)


class Reward(TenantModel):
    """A reward that a named person approved: for a person, or for an anonymous report (`report_id`), never both.

    An anonymous one is a voucher: whoever holds the report's follow code claims it. `claim_hash` is the hash of the
    number that is handed in for it; who handed it in is written nowhere.
    """

    class State(models.TextChoices):
        APPROVED = "approved"
        PAID = "paid"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    subject = models.CharField(max_length=40)
    person = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    report_id = models.BigIntegerField(null=True)
    amount = models.DecimalField(max_digits=10, decimal_places=2)
    reason = models.TextField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.APPROVED)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    claim_hash = models.CharField(max_length=64, blank=True)
    paid_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    paid_on = models.DateField(null=True)
    ledger_index = models.BigIntegerField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(person__isnull=True, report_id__isnull=False)
                | models.Q(person__isnull=False, report_id__isnull=True),
                name="reward_person_or_report",
            ),
            models.UniqueConstraint(fields=["subject", "person"], name="reward_person_once"),
            models.UniqueConstraint(fields=["report_id"], name="reward_report_once"),
        )
        indexes = (models.Index(fields=["organisation", "state"], name="reward_state"),)


class Proposal(TenantModel):
    """An idea for improvement. `show_author`: the author wants to be named with it (an opt-out still wins)."""

    class State(models.TextChoices):
        PROPOSED = "proposed"
        TRIAL = "trial"
        RESULT = "result"
        ROLLED_OUT = "rolled_out"
        DECLINED = "declined"

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    author = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    show_author = models.BooleanField(default=True)
    title = models.CharField(max_length=120)
    problem = models.TextField()
    idea = models.TextField()
    hazard_id = models.BigIntegerField(null=True)
    state = models.CharField(max_length=12, choices=State.choices, default=State.PROPOSED)
    at = models.DateTimeField()
    trial_where = models.CharField(max_length=200, blank=True)
    trial_until = models.DateField(null=True)
    synthetic = models.BooleanField(default=False)
    ledger_index = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["organisation", "state", "-id"], name="proposal_state"),)


class ProposalStep(TenantModel):
    """One step of a proposal with what a named person wrote."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="steps")
    kind = models.CharField(max_length=12)
    where = models.CharField(max_length=200, blank=True)
    until = models.DateField(null=True)
    measure = models.TextField(blank=True)
    text = models.TextField(blank=True)
    before = models.FloatField(null=True)
    after = models.FloatField(null=True)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"


class Support(TenantModel):
    """A person supports a proposal, once. Only the number is shown."""

    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="supports")
    person = models.ForeignKey("accounts.Person", models.CASCADE, related_name="+")

    web_privileges = "SELECT, INSERT, DELETE"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["proposal", "person"], name="support_once"),)


class Board(TenantModel):
    """The board of best ideas of one month; `chosen` are ids of proposals, in the jury's order, once it is closed."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    month = models.CharField(max_length=7)
    jury = ArrayField(models.BigIntegerField())
    named_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    chosen = ArrayField(models.BigIntegerField(), default=list)
    ledger_index = models.BigIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["organisation", "month"], name="board_month"),)


class BoardPick(TenantModel):
    """A juror's word for a proposal, with the reason that stands on the board."""

    board = models.ForeignKey(Board, models.CASCADE, related_name="picks")
    proposal = models.ForeignKey(Proposal, models.CASCADE, related_name="+")
    juror = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    reason = models.CharField(max_length=200)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["board", "proposal", "juror"], name="board_pick_once"),)


class AssessmentRound(TenantModel):
    """One round of self-assessment. `salt` makes the answer tokens and is wiped when the round closes."""

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    form_urn = models.CharField(max_length=120)
    form_version = models.CharField(max_length=20)
    opened_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    closes_on = models.DateField()
    closed_at = models.DateTimeField(null=True)
    salt = models.CharField(max_length=64)
    workers = models.IntegerField(default=0)  # how many answered; set when the round closes
    managers = models.IntegerField(default=0)
    destroyed = models.BooleanField(default=False)  # too few workers answered: their counts were wiped
    ledger_index = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["organisation"], condition=models.Q(closed_at__isnull=True), name="one_open_round"
            ),
        )


class AnswerCount(TenantModel):
    """How many gave one answer to one question. There are no sheets: a person's answers exist only as these sums."""

    round = models.ForeignKey(AssessmentRound, models.CASCADE, related_name="counts")
    side = models.CharField(max_length=8)
    question = models.CharField(max_length=40)
    value = models.SmallIntegerField()
    n = models.IntegerField(default=0)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["round", "side", "question", "value"], name="answer_cell"),)


class AnswerToken(TenantModel):
    """Says that somebody has answered, so that nobody answers twice. Made with a key that the database doesn't hold;
    carries no time, no side and no answer, and is deleted when the round closes."""

    round = models.ForeignKey(AssessmentRound, models.CASCADE, related_name="+")
    token = models.CharField(max_length=64)

    web_privileges = "SELECT, INSERT, DELETE"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["round", "token"], name="answer_token_once"),)

# mypy: disable-error-code="var-annotated"
"""Details of people, who read them, exports, erasures, holds; what is shared by agreement; published statistics."""

from __future__ import annotations

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from yufang.server.privacy.fields import EncryptedJSONField, EncryptedTextField
from yufang.server.tenancy import TenantModel


class PersonalDetails(TenantModel):
    """What is known of a person beyond the account. Every value is sealed; `identity_index` finds a number again."""

    person = models.OneToOneField("accounts.Person", models.CASCADE, primary_key=True, related_name="+")
    identity_number = EncryptedTextField(bind="person", blank=True, default="")
    identity_index = models.CharField(max_length=64, blank=True)
    phone = EncryptedTextField(bind="person", blank=True, default="")
    birth_year = EncryptedTextField(bind="person", blank=True, default="")
    health = EncryptedJSONField(bind="person", null=True)  # fitness, contraindications, note
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = (
            models.Index(
                fields=["identity_index"], condition=~models.Q(identity_index=""), name="details_identity_index"
            ),
        )


class PersonalAccess(TenantModel):
    """Somebody read something of a person. `person` is null where the record is of one without an account."""

    person = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=60)  # person:12, report:3, channel:7
    reader = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    reader_name = models.CharField(max_length=80)
    what = models.CharField(max_length=30)
    purpose = models.CharField(max_length=300, blank=True)
    break_glass = models.BooleanField(default=False)
    at = models.DateTimeField()

    web_privileges = "SELECT, INSERT, DELETE, UPDATE (reader_name)"

    class Meta:
        indexes = (
            models.Index(fields=["person", "-at"], name="personal_access_person"),
            models.Index(fields=["at"], name="personal_access_at"),
        )


class PersonalExport(TenantModel):
    """A file with all that is kept of a person. It lies sealed in the home folder until `expires_at`."""

    class State(models.TextChoices):
        WAITING = "waiting"
        READY = "ready"
        FAILED = "failed"
        GONE = "gone"

    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    file = models.UUIDField(default=uuid.uuid4)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.IntegerField(default=0)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(state="waiting"), name="personal_export_one_waiting"
            ),
        )


class ErasureRequest(TenantModel):
    """A person asks to be erased; a named person decides. `outcome`: what was erased and what is kept, and why."""

    class State(models.TextChoices):
        ASKED = "asked"
        DONE = "done"
        REFUSED = "refused"

    person = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    asked_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    outcome = models.JSONField(default=list)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["person"], condition=models.Q(state="asked"), name="erasure_one_open"),
        )


class LegalHold(TenantModel):
    """Nothing is deleted of a person (or, `person` null, of a record type) until somebody lifts it."""

    person = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    record = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=300)
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    lifted_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(person__isnull=False) | ~models.Q(record=""), name="legal_hold_of_something"
            ),
        )


class RetentionRun(TenantModel):
    """What a day's retention let go, by record type. The same counts stand in its leaf."""

    at = models.DateTimeField()
    counts = models.JSONField(default=dict)
    held = models.JSONField(default=dict)
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"


class SharingAgreement(TenantModel):
    """An organisation (`path` is its) offers datasets to another, which accepts by a `SharingWord` of its own.

    It is active while that word is "accepted", nobody revoked it and `until` has not come. The functions of
    `sharing_sql` hold that; nothing else reads across.
    """

    giver = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    receiver = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    giver_name = models.CharField(max_length=200)
    receiver_name = models.CharField(max_length=200)
    receiver_path = models.CharField(max_length=120, db_collation="C", db_index=True)
    datasets = ArrayField(models.CharField(max_length=40))
    purpose = models.CharField(max_length=500)
    legal_basis = models.CharField(max_length=300)
    min_cell = models.IntegerField(default=5)
    until = models.DateTimeField()
    proposed_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    proposed_by_name = models.CharField(max_length=80)
    proposed_at = models.DateTimeField(db_default=Now())
    revoked_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)
    revoked_why = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(min_cell__gte=3), name="sharing_min_cell"),)


class SharingWord(TenantModel):
    """The receiver's word on an agreement, by a named person; `path` is the receiver's."""

    class Word(models.TextChoices):
        ACCEPTED = "accepted"
        DECLINED = "declined"

    agreement = models.OneToOneField(SharingAgreement, models.PROTECT, related_name="word")
    giver_path = models.CharField(max_length=120, db_collation="C", db_index=True)
    word = models.CharField(max_length=8, choices=Word.choices)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    by_name = models.CharField(max_length=80)
    at = models.DateTimeField()

    web_privileges = "SELECT, INSERT, UPDATE (by_name)"


class SharingRead(TenantModel):
    """The receiver read a dataset; `path` is the giver's, who sees it. Written by the function that gives the rows."""

    agreement = models.ForeignKey(SharingAgreement, models.PROTECT, related_name="reads")
    dataset = models.CharField(max_length=40)
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    by_name = models.CharField(max_length=80)
    rows = models.IntegerField()
    at = models.DateTimeField(db_default=Now())

    web_privileges = "SELECT, INSERT, UPDATE (by_name)"

    class Meta:
        indexes = (models.Index(fields=["agreement", "-at"], name="sharing_read_agreement"),)


class StatisticsBudget(TenantModel):
    """Privacy loss that a region may spend on one year's cases, and what is spent, in thousandths of epsilon."""

    region = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    year = models.IntegerField()
    total = models.IntegerField(default=2000)
    spent = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["region", "year"], name="statistics_budget_once"),
            models.CheckConstraint(condition=models.Q(spent__lte=models.F("total")), name="statistics_budget_kept"),
        )


class StatisticsRelease(TenantModel):
    """A table that a named person published. It is drawn once and kept: reading it again tells nothing more."""

    region = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    method = models.CharField(max_length=8)  # noise | cells
    by_what = models.CharField(max_length=40)  # industry, accident_type, month or two of them joined by ×
    year = models.IntegerField()
    title_zh = models.CharField(max_length=200)
    title_en = models.CharField(max_length=200)
    table = models.JSONField()
    epsilon = models.IntegerField(default=0)  # thousandths
    min_cell = models.IntegerField(default=0)
    by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    synthetic = models.BooleanField(default=False)
    ledger_index = models.BigIntegerField()

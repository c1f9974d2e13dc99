# mypy: disable-error-code="var-annotated"
"""What workers reported, and the files they declared with it."""

from __future__ import annotations

from django.db import models

from yufang.server.tenancy import TenantModel


class Report(TenantModel):
    """One report, identified by the id its phone made. Complete once every declared file has arrived; then it opened
    `hazard` or joined it.

    An anonymous report (`named` false) keeps neither person nor contact; its times are cut to the minute. `contact`
    is encrypted with a key that the database does not hold; of the follow code only the hash is kept.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        COMPLETE = "complete"

    area = models.ForeignKey("places.Area", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    client_id = models.UUIDField()
    content_sha256 = models.CharField(max_length=64)  # of all that was said, to tell a retry from another report
    code_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    words = models.TextField()
    kind = models.CharField(max_length=60, blank=True)
    suggested = models.JSONField(default=list)  # what the machine would have said, beside what the person said
    named = models.BooleanField(default=False)
    person = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    contact = models.BinaryField(null=True)
    spot = models.JSONField(null=True)
    said_at = models.DateTimeField()
    received_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    same_as = models.BigIntegerField(null=True)
    hazard = models.ForeignKey("hazards.Hazard", models.SET_NULL, null=True, related_name="+")
    joined = models.BooleanField(default=False)  # it supports a hazard that was open already
    area_was_closed = models.BooleanField(default=False)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["client_id"], name="report_client"),
            models.UniqueConstraint(fields=["code_hash"], name="report_code"),
            models.CheckConstraint(
                condition=models.Q(named=True) | models.Q(person__isnull=True, contact__isnull=True),
                name="report_anonymous",
            ),
        )
        indexes = (models.Index(fields=["area", "state"], name="report_area"),)


class ReportFile(TenantModel):
    """A file that a report declared. `declared_sha256` is of the bytes as the phone sends them, `sha256` of what is
    kept (a photo is drawn anew, a voice note stays as it is); empty until it arrived."""

    class Kind(models.TextChoices):
        PHOTO = "photo"
        VOICE = "voice"

    report = models.ForeignKey(Report, models.CASCADE, related_name="files")
    file_id = models.CharField(max_length=64)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    declared_sha256 = models.CharField(max_length=64)
    declared_size = models.IntegerField()
    declared_type = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.IntegerField(default=0)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    seconds = models.FloatField(null=True)
    arrived_at = models.DateTimeField(null=True)
    # It came as declared and is no picture or no sound: not kept, and the report doesn't wait for it any longer.
    refused = models.JSONField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["report", "file_id"], name="report_file"),)

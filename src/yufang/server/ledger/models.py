# mypy: disable-error-code="var-annotated"
"""The ledger's tables: leaves and the tree over them, checkpoints, witnesses, salts."""

from __future__ import annotations

from django.db import models

from yufang.server.tenancy import TenantModel


class Leaf(TenantModel):
    """One action. `leaf_hash` stands for the canonical bytes `data`; rows enter by `yufang_ledger_append` only."""

    index = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)  # a person's id; null: the platform itself
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    data = models.BinaryField()
    leaf_hash = models.BinaryField()

    web_privileges = "SELECT"

    class Meta:
        indexes = (
            models.Index(fields=["action", "-index"], name="leaf_action"),
            models.Index(fields=["subject", "index"], name="leaf_subject"),
        )


class Node(models.Model):
    """The root of a full tile: of 256 leaves on level 1, of 256 nodes of the level below on the others. Written by
    `yufang_ledger_append` only. Hashes tell nothing about any organisation."""

    pk = models.CompositePrimaryKey("level", "position")
    level = models.SmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField()

    web_privileges = "SELECT"


class Checkpoint(models.Model):
    """The root of the first `size` leaves, kept every ten minutes, with its signatures from release 0.2 on. Says
    nothing about any organisation, so not a tenant's row."""

    size = models.BigIntegerField(primary_key=True)
    root_hash = models.BinaryField()
    at = models.DateTimeField()
    note = models.TextField(db_default="")

    web_privileges = "SELECT, INSERT"


class Head(models.Model):
    """The newest checkpoint that the log signed, and the newest that witnesses cosigned; both are served."""

    class Kind(models.TextChoices):
        SIGNED = "signed"
        COSIGNED = "cosigned"

    kind = models.CharField(max_length=8, choices=Kind.choices, primary_key=True)
    size = models.BigIntegerField()
    root_hash = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    web_privileges = "SELECT, INSERT, UPDATE"


class Witness(models.Model):
    """A witness that is asked to cosign: what it last cosigned, and what is wrong with it now ("" if nothing is)."""

    name = models.CharField(max_length=200, primary_key=True)
    size = models.BigIntegerField(default=0)
    cosigned_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, default="", blank=True)

    web_privileges = "SELECT, INSERT, UPDATE"


class Followed(models.Model):
    """Another deployment's log that this one witnesses: the newest checkpoint of it that was cosigned here."""

    origin = models.CharField(max_length=255, primary_key=True)
    size = models.BigIntegerField()
    root_hash = models.BinaryField()
    note = models.TextField()
    at = models.DateTimeField()

    web_privileges = "SELECT, INSERT, UPDATE"


class Salt(TenantModel):
    """The salt of a commitment in a leaf. Erasing what was committed to is deleting this row: the leaf stays."""

    subject = models.CharField(max_length=120)
    field = models.CharField(max_length=60)
    commitment = models.CharField(max_length=64, unique=True)
    salt = models.BinaryField()

    web_privileges = "SELECT, INSERT, DELETE"

    class Meta:
        indexes = (models.Index(fields=["subject"], name="ledger_salt_subject"),)


class Verified(models.Model):
    """What a verification of the whole log found. Names leaves by their index only."""

    at = models.DateTimeField()
    seconds = models.FloatField()
    size = models.BigIntegerField()
    findings = models.JSONField(default=list)

    web_privileges = "SELECT, INSERT"

# mypy: disable-error-code="var-annotated"
"""The ledger's leaves and checkpoints."""

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
        indexes = (models.Index(fields=["action", "-index"], name="leaf_action"),)


class Checkpoint(models.Model):
    """The root of the first `size` leaves. Says nothing about any organisation, so not a tenant's row."""

    size = models.BigIntegerField(primary_key=True)
    root_hash = models.BinaryField()
    at = models.DateTimeField()

    web_privileges = "SELECT, INSERT"

# mypy: disable-error-code="var-annotated"
"""Budgets that all processes share."""

from __future__ import annotations

from django.db import models


class Bucket(models.Model):
    """A budget in use. `until`: when it will be whole again; the row says nothing more from then on.

    `key` is a keyed hash: neither the name that was typed (it may be a password) nor the address can be read from it.
    """

    key = models.CharField(max_length=64, primary_key=True)
    until = models.DateTimeField(db_index=True)

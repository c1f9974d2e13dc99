# mypy: disable-error-code="var-annotated"
"""Organisations (a tree), people, roles and failed sign-ins."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from yufang.server.tenancy import TenantModel


class Organisation(TenantModel):
    """A node of the tree regulator → enterprise → site → team. `path` ends in its own id: `/1/24/`."""

    class Kind(models.TextChoices):
        REGULATOR = "regulator"
        ENTERPRISE = "enterprise"
        SITE = "site"
        TEAM = "team"

    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    key = models.CharField(max_length=80)  # the id that the source of the record gave
    name = models.CharField(max_length=200)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["path"], name="organisation_path"),
            models.UniqueConstraint(fields=["parent", "kind", "key"], name="organisation_key", nulls_distinct=False),
        )


class Role(models.Model):
    """A role and its permissions, kept as data. The same for every organisation, so not a tenant's row."""

    name = models.CharField(max_length=30, primary_key=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    permissions = ArrayField(models.CharField(max_length=40))

    web_privileges = "SELECT"


class Person(TenantModel):
    """Someone who signs in. `path` is where they belong, `scope` what they see: their enterprise, or their region."""

    username = models.CharField(max_length=80, unique=True)
    password = models.CharField(max_length=200)  # a hash
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    locale = models.CharField(max_length=10, default="zh-CN")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="people")
    scope = models.CharField(max_length=120, db_collation="C")
    roles = ArrayField(models.CharField(max_length=30), default=list)
    active = models.BooleanField(default=True)


class SignInTry(models.Model):
    """A failed sign-in, kept for as long as it counts. Holds a hash of the name typed: it may be a password."""

    name_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()

    web_privileges = "SELECT, INSERT, DELETE"

    class Meta:
        indexes = (models.Index(fields=["address", "at"], name="sign_in_try_address"),)

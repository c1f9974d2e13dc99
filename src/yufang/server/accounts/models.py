# mypy: disable-error-code="var-annotated"
"""Organisations (a tree), people, roles and failed sign-ins."""

from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
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
    # Opened by a person and not by a load: a load that doesn't hold it takes nothing of it away.
    by_hand = models.BooleanField(default=False, db_default=False)
    closed_at = models.DateTimeField(null=True)  # what it recorded stays; nobody comes in any more

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
    # Roles that whoever administers people with this role may hand out without holding all their permissions: the
    # authority opens the first account of an enterprise and handles no hazard there.
    hands_out = ArrayField(models.CharField(max_length=30), default=list, db_default=[])

    web_privileges = "SELECT"


class People(BaseUserManager["Person"]):
    """People by the name they sign in with."""


class Person(TenantModel, AbstractBaseUser):
    """Someone who signs in. `path` is where they belong, `scope` what they see: their enterprise, or their region.

    Also the user model of Django and django-allauth, whose tables of second factors, sessions and identities hang on
    it. A `service` person stands for a service key and never signs in.
    """

    username = models.CharField(max_length=80, unique=True)
    password = models.CharField(max_length=200)  # a hash
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    locale = models.CharField(max_length=10, default="zh-CN")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="people")
    scope = models.CharField(max_length=120, db_collation="C")
    roles = ArrayField(models.CharField(max_length=30), default=list)
    active = models.BooleanField(default=True)
    service = models.BooleanField(default=False, db_default=False)
    # A password that somebody else knows is changed at the first sign-in.
    must_change_password = models.BooleanField(default=False, db_default=False)
    password_changed_at = models.DateTimeField(null=True)

    objects = People()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = ["name"]  # noqa: RUF012

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return bool(self.active)


class OrganisationRole(TenantModel):
    """A role that an organisation made for its own people. `Person.roles` names it `r17`, after its id."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=60)
    permissions = ArrayField(models.CharField(max_length=40))
    second_factor = models.BooleanField(default=False)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    web_privileges = "SELECT, INSERT, UPDATE"

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["organisation", "name_zh"], name="organisation_role_zh"),
            models.UniqueConstraint(fields=["organisation", "name_en"], name="organisation_role_en"),
        )


class Invitation(TenantModel):
    """A one-time link by which a person sets their password: the first one, or a new one after a reset."""

    class Kind(models.TextChoices):
        FIRST = "first"
        RESET = "reset"

    person = models.ForeignKey(Person, models.CASCADE, related_name="invitations")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    token_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    # The notice of dispatch that carries the link; none where it is handed over in person.
    notice_number = models.BigIntegerField(null=True)

    web_privileges = "SELECT, INSERT, UPDATE, DELETE"  # deleted with an erased person


class ServiceKey(TenantModel):
    """A key by which a program comes in: some permissions, one part of the tree, until a day. Kept as a hash."""

    organisation = models.ForeignKey(Organisation, models.PROTECT)
    person = models.OneToOneField(Person, models.PROTECT, related_name="service_key")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=16)
    key_hash = models.CharField(max_length=64, unique=True)
    permissions = ArrayField(models.CharField(max_length=40))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_from = models.CharField(max_length=45, blank=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")

    web_privileges = "SELECT, INSERT, UPDATE"


class GroupMapping(TenantModel):
    """Whoever comes from an identity provider with this group belongs to the organisation, with the roles."""

    provider = models.CharField(max_length=40)
    group = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    roles = ArrayField(models.CharField(max_length=30))
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["provider", "group"], name="group_mapping_group"),)


class BreakGlass(TenantModel):
    """A part of the tree that somebody opened for some minutes without otherwise seeing it. `path` is what opened."""

    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT)
    reason = models.CharField(max_length=500)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    web_privileges = "SELECT, INSERT, UPDATE"


class GlassLook(TenantModel):
    """One thing that was read through an opened part of the tree: the address asked for."""

    glass = models.ForeignKey(BreakGlass, models.PROTECT, related_name="looks")
    at = models.DateTimeField()
    address = models.CharField(max_length=300)

    web_privileges = "SELECT, INSERT"


class SignInTry(models.Model):
    """A failed sign-in, kept for as long as it counts. Holds a hash of the name typed: it may be a password."""

    name_hash = models.CharField(max_length=64)
    address = models.CharField(max_length=45)
    at = models.DateTimeField()

    web_privileges = "SELECT, INSERT, DELETE"

    class Meta:
        indexes = (models.Index(fields=["address", "at"], name="sign_in_try_address"),)

# mypy: disable-error-code="var-annotated"
"""Edge nodes with their keys, what they should be like and say they are like; signers and signed bundles."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from yufang.server.tenancy import TenantModel


class EdgeNode(TenantModel):
    """A node at a site. Without `public_key` it waits for its enrolment: whoever brings the token becomes it.

    `signed_us` is the time of the newest signed request that was taken: an older one is a repetition. `desired` is
    what the node should be like (`settings`, and `bundles` by hash), `reported` what it says it is like.
    """

    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=40)
    public_key = models.CharField(max_length=43, blank=True)
    token_sha256 = models.CharField(max_length=64, blank=True)
    token_until = models.DateTimeField(null=True)
    enrolled_at = models.DateTimeField(null=True)
    closed = models.BooleanField(default=False)
    signed_us = models.BigIntegerField(db_default=0)
    last_seen = models.DateTimeField(null=True)
    health = models.JSONField(default=dict)
    desired = models.JSONField(default=dict)
    desired_version = models.IntegerField(db_default=0)
    reported = models.JSONField(default=dict)
    reported_version = models.IntegerField(db_default=0)
    register = models.JSONField(null=True)  # what came of its newest channel register: sha256, at, counts, refusals
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "name"], name="edge_node_name"),)
        indexes = (models.Index(fields=["token_sha256"], condition=~models.Q(token_sha256=""), name="edge_node_token"),)


class EdgeLane(TenantModel):
    """What came of one lane of one outbox of a node. `epoch` tells outboxes apart: each counts its batches from 0.

    Everything before `came` is here but for `missing`; the node has batches up to `next`; `gone` are those that it
    doesn't have any more. Ranges are [from, to], both included.
    """

    node = models.ForeignKey(EdgeNode, models.CASCADE, related_name="lanes")
    epoch = models.CharField(max_length=40)
    lane = models.CharField(max_length=10)
    came = models.BigIntegerField(db_default=0)
    missing = models.JSONField(default=list)
    next = models.BigIntegerField(db_default=0)
    gone = models.JSONField(default=list)
    thinned = models.BigIntegerField(db_default=0)  # readings that the node dropped for want of room

    class Meta:
        constraints = (models.UniqueConstraint(fields=["node", "epoch", "lane"], name="edge_lane_once"),)


class EdgeSigner(TenantModel):
    """A key whose bundles nodes of the enterprise trust: those that enrol while it is open."""

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    public_key = models.CharField(max_length=43)
    closed = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "public_key"], name="edge_signer_key"),)


class EdgeBundle(TenantModel):
    """A signed bundle as it was made; the platform carries it and can't change it."""

    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=10)
    name = models.CharField(max_length=60)
    version = models.IntegerField()
    sha256 = models.CharField(max_length=64)
    signer = models.CharField(max_length=43)
    content = models.BinaryField()
    at = models.DateTimeField(db_default=Now())

    web_privileges = "SELECT, INSERT"

    class Meta:
        constraints = (models.UniqueConstraint(fields=["enterprise", "sha256"], name="edge_bundle_once"),)

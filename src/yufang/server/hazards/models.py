# mypy: disable-error-code="var-annotated"
"""Hazards, every step people took with them, their photos, opinions, timers and the tally of their answers."""

from __future__ import annotations

from django.db import models

from yufang.server.tenancy import TenantModel

# What is still to be done; partial indexes stand on it.
OPEN_STATES = ("opened", "assigned", "in_progress", "fixed", "checked", "confirmed", "refused")


_OPEN = models.Q(closed_at__isnull=True)
_ENDED = ["path", "state", "kind", "level", "found_by"]
_OPENED = ["path", "enterprise", "area", "kind", "level", "found_by", "closed_at"]
_OTHERS = {"kind": [c for c in _OPENED if c != "kind"], "level": [c for c in _OPENED if c != "level"]}
_SEEN = [
    "path", "enterprise", "kind", "level", "found_by", "major", "answered_at", "promise_due_at", "closed_at",
    "opened_at", "state",
]  # fmt: skip


class Hazard(TenantModel):
    """One hazard at one place. `path` is that of `organisation`, an enterprise or one of its sites."""

    class State(models.TextChoices):
        OPENED = "opened"
        ASSIGNED = "assigned"
        IN_PROGRESS = "in_progress"
        FIXED = "fixed"
        CHECKED = "checked"
        CONFIRMED = "confirmed"  # a major one between its reporter's word and the regulator's
        REFUSED = "refused"  # "not a hazard": the reporter may contest it
        CLOSED = "closed"

    class FoundBy(models.TextChoices):
        WORKER = "worker"
        INSPECTION = "inspection"
        DEDUCTION = "deduction"
        ALERT = "alert"
        REGULATOR = "regulator"

    # Without the index that tenant rows have by rule: what the planner takes a scope to hold (a two-hundredth of the
    # rows) would make it the way to every list of a region. People of one enterprise ask by `enterprise`.
    path = models.CharField(max_length=120, db_collation="C", editable=False)
    organisation = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+", db_index=False)
    enterprise = models.ForeignKey("accounts.Organisation", models.PROTECT, related_name="+")
    area = models.ForeignKey("places.Area", models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=30)
    level = models.CharField(max_length=8)  # low | medium | high | major
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPENED)
    title_zh = models.TextField()
    title_en = models.TextField(blank=True)
    words = models.TextField(blank=True)
    found_by = models.CharField(max_length=12, choices=FoundBy.choices)

    # Where: in shares of the area's plan (0 to 1), or WGS-84 degrees; `accuracy_m` as the device said.
    spot_source = models.CharField(max_length=6, blank=True)  # qr | gps | plan
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)

    # What it came from or belongs to. Reports and inspections point here from their own rooms as well.
    report_id = models.BigIntegerField(null=True)
    inspection_id = models.BigIntegerField(null=True)
    point = models.ForeignKey("deduction.HazardPoint", models.SET_NULL, null=True, related_name="+")
    warning = models.ForeignKey("warning.Warning", models.SET_NULL, null=True, related_name="+")
    case = models.ForeignKey("cases.InjuryCase", models.SET_NULL, null=True, related_name="+")

    # Who: `reporter` is null for an anonymous report, which speaks by its code (`by_code`).
    reporter = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    by_code = models.BooleanField(default=False)
    team = models.ForeignKey("accounts.Organisation", models.PROTECT, null=True, related_name="+", db_index=False)
    owner = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    fixer = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    checker = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    refuser = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)

    # What the routing table said, kept as it was said.
    route_rule = models.CharField(max_length=80, blank=True)
    route_zh = models.TextField(blank=True)
    route_en = models.TextField(blank=True)
    route_team = models.ForeignKey(
        "accounts.Organisation", models.SET_NULL, null=True, related_name="+", db_index=False
    )
    route_owner = models.ForeignKey("accounts.Person", models.SET_NULL, null=True, related_name="+", db_index=False)

    opened_at = models.DateTimeField()
    promise_due_at = models.DateTimeField()  # somebody answers by then
    answered_at = models.DateTimeField(null=True)  # a named person first said what happens
    answer_minutes = models.IntegerField(null=True)
    due_at = models.DateTimeField()  # fixed by then
    fixed_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    closed_why = models.CharField(max_length=24, blank=True)
    since = models.DateTimeField()  # when it came to its state
    round = models.IntegerField(default=0)  # how often it went back to the owner: after photos belong to a round
    reopened = models.IntegerField(default=0)
    contested = models.BooleanField(default=False)
    escalated = models.SmallIntegerField(default=0)  # 0 nobody, 1 the safety manager, 2 the regulator

    # Major (重大事故隐患): null until a named person decides. `suspects` are the criteria that may fit.
    major = models.BooleanField(null=True)
    major_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    major_at = models.DateTimeField(null=True)
    criterion = models.CharField(max_length=24, blank=True)
    suspects = models.JSONField(default=list)
    released_at = models.DateTimeField(null=True)  # the regulator took it off supervision
    released_by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+", db_index=False)
    synthetic = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="closed", closed_at__isnull=False)
                | (~models.Q(state="closed") & models.Q(closed_at__isnull=True)),
                name="hazard_closed_when",
            ),
            models.CheckConstraint(
                # Nobody checks their own fix, whatever the code above forgets.
                condition=models.Q(checker__isnull=True)
                | models.Q(fixer__isnull=True)
                | ~models.Q(checker=models.F("fixer")),
                name="hazard_checked_by_another",
            ),
        )
        # The lists of a region with a million hazards: open ones by urgency, closed ones by day, each readable
        # without the rows themselves, which are wide. `path` is in each because the policies ask for it.
        indexes = (
            models.Index(
                fields=["due_at", "id"],
                include=[*_SEEN, "title_zh", "title_en"],
                condition=_OPEN,
                name="hazard_open_due",
            ),
            models.Index(
                fields=["state", "due_at", "id"], include=_SEEN[:-1], condition=_OPEN, name="hazard_open_state"
            ),
            models.Index(fields=["-closed_at", "-id"], include=_ENDED, condition=~_OPEN, name="hazard_closed"),
            models.Index(
                fields=["kind", "-closed_at", "-id"],
                include=_ENDED[:2] + _ENDED[3:],
                condition=~_OPEN,
                name="hazard_closed_kind",
            ),
            models.Index(
                fields=["level", "-closed_at", "-id"],
                include=_ENDED[:3] + _ENDED[4:],
                condition=~_OPEN,
                name="hazard_closed_level",
            ),
            models.Index(fields=["-opened_at", "-id"], include=_OPENED, name="hazard_opened"),
            models.Index(fields=["kind", "-opened_at", "-id"], include=_OTHERS["kind"], name="hazard_opened_kind"),
            models.Index(fields=["level", "-opened_at", "-id"], include=_OTHERS["level"], name="hazard_opened_level"),
            models.Index(fields=["enterprise", "-opened_at", "-id"], name="hazard_enterprise"),
            models.Index(
                fields=["owner", "due_at", "id"],
                condition=_OPEN & models.Q(owner__isnull=False),
                name="hazard_owner",
            ),
            models.Index(fields=["due_at", "id"], condition=models.Q(major=True), name="hazard_major"),
        )


class HazardStep(TenantModel):
    """One step in a hazard's life. `by` is null where the platform or an anonymous reporter took it."""

    hazard = models.ForeignKey(Hazard, models.CASCADE, related_name="steps")
    action = models.CharField(max_length=20)
    before = models.CharField(max_length=12, blank=True)
    after = models.CharField(max_length=12)
    note = models.TextField(blank=True)
    text_zh = models.TextField(blank=True)  # the platform's own words: why a rule chose, what a timer found
    text_en = models.TextField(blank=True)
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    to = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    level = models.CharField(max_length=8)
    at = models.DateTimeField()
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        indexes = (
            models.Index(fields=["hazard", "id"], name="hazard_step_order"),
            models.Index(fields=["at", "id"], name="hazard_step_at"),
        )


class HazardPhoto(TenantModel):
    """A photo of a hazard, before or after; the file stands in the photos folder under its hash."""

    class Role(models.TextChoices):
        BEFORE = "before"
        AFTER = "after"

    hazard = models.ForeignKey(Hazard, models.CASCADE, related_name="photos")
    round = models.IntegerField(default=0)
    role = models.CharField(max_length=6, choices=Role.choices)
    sha256 = models.CharField(max_length=64)
    width = models.IntegerField()
    height = models.IntegerField()
    size = models.IntegerField()  # bytes
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    accuracy_m = models.FloatField(null=True)
    # From the hazard's own spot; null where one of the two is not known. The share is of the plan's longer side.
    distance_m = models.FloatField(null=True)
    distance_share = models.FloatField(null=True)
    far = models.BooleanField(default=False)
    by = models.ForeignKey("accounts.Person", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    ledger_index = models.BigIntegerField()

    web_privileges = "SELECT, INSERT"

    class Meta:
        indexes = (models.Index(fields=["hazard", "id"], name="hazard_photo_order"),)
        constraints = (models.UniqueConstraint(fields=["hazard", "role", "round", "sha256"], name="hazard_photo_once"),)


class Opinion(TenantModel):
    """A second opinion that one person asked of another; `agrees` is null until it is given."""

    hazard = models.ForeignKey(Hazard, models.CASCADE, related_name="opinions")
    asked_by = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    asked_of = models.ForeignKey("accounts.Person", models.PROTECT, related_name="+")
    question = models.TextField()
    asked_at = models.DateTimeField()
    agrees = models.BooleanField(null=True)
    words = models.TextField(blank=True)
    given_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (models.Index(fields=["hazard", "id"], name="hazard_opinion_order"),)
        constraints = (
            models.UniqueConstraint(
                fields=["hazard", "asked_of"], condition=models.Q(given_at__isnull=True), name="opinion_asked_once"
            ),
        )


class Timer(TenantModel):
    """When the platform looks at a hazard again. Done exactly once: a moment of a kind has one row."""

    hazard = models.ForeignKey(Hazard, models.CASCADE, related_name="timers")
    kind = models.CharField(max_length=24)
    due_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["hazard", "kind", "due_at"], name="hazard_timer_once"),)
        indexes = (
            models.Index(fields=["due_at", "id"], name="hazard_timer_due", condition=models.Q(done_at__isnull=True)),
        )


class Tally(TenantModel):
    """Counts of a whole region, kept as differences: `path` is the region's, so only who sees all of it reads them.

    Each thing counts four times: under its kind and level, under one of them, and under neither (empty), so that a
    figure reads only rows of its own kind. A nightly job adds up what says the same.
    `minutes` is the time to the first answer as `yufang.hazards.figures.bucket` rounds it, -1 where it says nothing.
    """

    path = models.CharField(max_length=120, db_collation="C", editable=False)
    month = models.DateField()  # its first day, of when the hazard was opened
    kind = models.CharField(max_length=30, blank=True)
    level = models.CharField(max_length=8, blank=True)
    what = models.CharField(max_length=8)  # opened | answered | closed
    minutes = models.IntegerField(default=-1)
    n = models.IntegerField(default=1)

    class Meta:
        indexes = (
            models.Index(
                fields=["path", "level", "kind", "month"], include=["what", "minutes", "n"], name="hazard_tally_cube"
            ),
        )

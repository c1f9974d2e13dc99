import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import yufang.server.privacy.fields
from yufang.server.privacy.sharing_sql import GIVER_SEES, RECEIVER_SEES, sharing_functions
from yufang.server.tenancy import PERSON, add_role, give_permissions, tenant_policy

ONES_OWN = ("personaldetails", "personalaccess", "personalexport", "erasurerequest")  # wherever one belongs now
TABLES = (
    "legalhold",
    "retentionrun",
    "sharingread",
    "statisticsbudget",
    "statisticsrelease",
)
GIVEN = {
    "supervisor": ["privacy.share", "privacy.publish", "privacy.oversee", "privacy.decide"],
    "safety_manager": ["privacy.personal", "privacy.share"],
    "auditor": ["privacy.oversee"],
}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0002_desk"),
        ("hazards", "0002_long_lists"),
        ("warning", "0002_lifecycle"),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("at", models.DateTimeField()),
                ("counts", models.JSONField(default=dict)),
                ("held", models.JSONField(default=dict)),
                ("ledger_index", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SharingAgreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("giver_name", models.CharField(max_length=200)),
                ("receiver_name", models.CharField(max_length=200)),
                ("receiver_path", models.CharField(db_collation="C", db_index=True, max_length=120)),
                (
                    "datasets",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("purpose", models.CharField(max_length=500)),
                ("legal_basis", models.CharField(max_length=300)),
                ("min_cell", models.IntegerField(default=5)),
                ("until", models.DateTimeField()),
                ("proposed_by_name", models.CharField(max_length=80)),
                ("proposed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_why", models.CharField(blank=True, max_length=300)),
                (
                    "giver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "receiver",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "revoked_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SharingRead",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("dataset", models.CharField(max_length=40)),
                ("by_name", models.CharField(max_length=80)),
                ("rows", models.IntegerField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reads", to="privacy.sharingagreement"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SharingWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("giver_path", models.CharField(db_collation="C", db_index=True, max_length=120)),
                ("word", models.CharField(choices=[("accepted", "Accepted"), ("declined", "Declined")], max_length=8)),
                ("by_name", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "agreement",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="word", to="privacy.sharingagreement"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="StatisticsBudget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("year", models.IntegerField()),
                ("total", models.IntegerField(default=2000)),
                ("spent", models.IntegerField(default=0)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StatisticsRelease",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("method", models.CharField(max_length=8)),
                ("by_what", models.CharField(max_length=40)),
                ("year", models.IntegerField()),
                ("title_zh", models.CharField(max_length=200)),
                ("title_en", models.CharField(max_length=200)),
                ("table", models.JSONField()),
                ("epsilon", models.IntegerField(default=0)),
                ("min_cell", models.IntegerField(default=0)),
                ("at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "withdrawn_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ErasureRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("reason", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[("asked", "Asked"), ("done", "Done"), ("refused", "Refused")],
                        default="asked",
                        max_length=8,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("answer", models.CharField(blank=True, max_length=300)),
                ("outcome", models.JSONField(default=list)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")), fields=("person",), name="erasure_one_open"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("record", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField()),
                ("lifted_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("person__isnull", False), models.Q(("record", ""), _negated=True), _connector="OR"
                        ),
                        name="legal_hold_of_something",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("subject", models.CharField(max_length=60)),
                ("reader_name", models.CharField(max_length=80)),
                ("what", models.CharField(max_length=30)),
                ("purpose", models.CharField(blank=True, max_length=300)),
                ("break_glass", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "-at"], name="personal_access_person"),
                    models.Index(fields=["at"], name="personal_access_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalDetails",
            fields=[
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.person",
                    ),
                ),
                (
                    "identity_number",
                    yufang.server.privacy.fields.EncryptedTextField(bind="person", blank=True, default=""),
                ),
                ("identity_index", models.CharField(blank=True, max_length=64)),
                ("phone", yufang.server.privacy.fields.EncryptedTextField(bind="person", blank=True, default="")),
                ("birth_year", yufang.server.privacy.fields.EncryptedTextField(bind="person", blank=True, default="")),
                ("health", yufang.server.privacy.fields.EncryptedJSONField(bind="person", null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("identity_index", ""), _negated=True),
                        fields=["identity_index"],
                        name="details_identity_index",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonalExport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("purpose", models.CharField(blank=True, max_length=300)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("ready", "Ready"), ("failed", "Failed"), ("gone", "Gone")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("file", models.UUIDField(default=uuid.uuid4)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.IntegerField(default=0)),
                ("asked_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "waiting")), fields=("person",), name="personal_export_one_waiting"
                    )
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="sharingagreement",
            constraint=models.CheckConstraint(condition=models.Q(("min_cell__gte", 3)), name="sharing_min_cell"),
        ),
        migrations.AddIndex(
            model_name="sharingread",
            index=models.Index(fields=["agreement", "-at"], name="sharing_read_agreement"),
        ),
        migrations.AddConstraint(
            model_name="statisticsbudget",
            constraint=models.UniqueConstraint(fields=("region", "year"), name="statistics_budget_once"),
        ),
        migrations.AddConstraint(
            model_name="statisticsbudget",
            constraint=models.CheckConstraint(
                condition=models.Q(("spent__lte", models.F("total"))), name="statistics_budget_kept"
            ),
        ),
        *(tenant_policy(f"privacy_{table}") for table in TABLES),
        *(tenant_policy(f"privacy_{table}", also_visible=f"person_id = {PERSON}") for table in ONES_OWN),
        tenant_policy("privacy_sharingagreement", also_visible=RECEIVER_SEES),
        tenant_policy("privacy_sharingword", also_visible=GIVER_SEES),
        sharing_functions(),
        give_permissions(GIVEN),
        add_role(
            "data_protection",
            "个人信息保护负责人",
            "Data protection officer",
            ["privacy.oversee", "privacy.decide", "privacy.personal", "privacy.share", "ledger.read"],
        ),
    ]

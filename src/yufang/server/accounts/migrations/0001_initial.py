import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from yufang.server.tenancy import PERSON, add_role, tenant_policy

# Before sign-in there is no scope: one's own row shows by its id (from the session), or by the name being signed in.
SIGNING_IN = "(SELECT nullif(current_setting('yufang.signing_in', true), ''))"

ROLES = (
    (
        "supervisor",
        "监管人员",
        "Supervisor",
        ["region.read", "deduction.answer", "warning.acknowledge", "warning.hand_on", "ledger.read"],
    ),
    (
        "safety_manager",
        "企业安全管理员",
        "Safety manager",
        ["deduction.answer", "warning.acknowledge", "warning.hand_on"],
    ),
    ("team_leader", "班组长", "Team leader", ["deduction.answer", "warning.acknowledge"]),
    ("coder", "案例编码员", "Case coder", ["region.read", "cases.decide"]),
    ("auditor", "审计人员", "Auditor", ["region.read", "ledger.read"]),
)


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Role",
            fields=[
                ("name", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("name_zh", models.CharField(max_length=60)),
                ("name_en", models.CharField(max_length=60)),
                (
                    "permissions",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("regulator", "Regulator"),
                            ("enterprise", "Enterprise"),
                            ("site", "Site"),
                            ("team", "Team"),
                        ],
                        max_length=12,
                    ),
                ),
                ("key", models.CharField(max_length=80)),
                ("name", models.CharField(max_length=200)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("username", models.CharField(max_length=80, unique=True)),
                ("password", models.CharField(max_length=200)),
                ("name", models.CharField(max_length=80)),
                ("name_en", models.CharField(blank=True, max_length=80)),
                ("locale", models.CharField(default="zh-CN", max_length=10)),
                ("scope", models.CharField(db_collation="C", max_length=120)),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), default=list, size=None
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="people", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="SignInTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name_hash", models.CharField(max_length=64)),
                ("address", models.CharField(max_length=45)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["address", "at"], name="sign_in_try_address")],
            },
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(fields=("path",), name="organisation_path"),
        ),
        migrations.AddConstraint(
            model_name="organisation",
            constraint=models.UniqueConstraint(
                fields=("parent", "kind", "key"), name="organisation_key", nulls_distinct=False
            ),
        ),
        tenant_policy("accounts_organisation"),
        tenant_policy("accounts_person", also_visible=f"id = {PERSON} OR username = {SIGNING_IN}"),
        *(add_role(*role) for role in ROLES),
    ]

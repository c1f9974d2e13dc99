import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import tenant_policy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("deduction", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Warning",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("subject_key", models.CharField(max_length=160)),
                ("rule", models.CharField(max_length=80)),
                ("tier", models.CharField(max_length=10)),
                (
                    "gravity",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(then=0, tier="high"),
                            models.When(then=1, tier="medium"),
                            default=2,
                            output_field=models.SmallIntegerField(),
                        ),
                        output_field=models.SmallIntegerField(),
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("raised", "Raised"),
                            ("acknowledged", "Acknowledged"),
                            ("handed_on", "Handed On"),
                            ("resolved", "Resolved"),
                        ],
                        default="raised",
                        max_length=14,
                    ),
                ),
                ("route", models.CharField(max_length=30)),
                ("due_on", models.DateField()),
                ("title_zh", models.TextField()),
                ("title_en", models.TextField()),
                ("reason_zh", models.TextField()),
                ("reason_en", models.TextField()),
                ("probability", models.FloatField()),
                ("colour", models.CharField(max_length=10)),
                ("measures", models.JSONField(default=list)),
                ("procedure_zh", models.TextField()),
                ("procedure_en", models.TextField()),
                ("training", models.TextField()),
                ("training_en", models.TextField()),
                ("raised_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "hazard_point",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="deduction.hazardpoint",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Step",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("action", models.CharField(max_length=20)),
                ("note", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                ("by_load", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "warning",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="warning.warning"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="warning",
            index=models.Index(fields=["gravity", "due_on", "-probability", "id"], name="warning_order"),
        ),
        migrations.AddIndex(
            model_name="warning",
            index=models.Index(fields=["organisation", "state", "tier"], name="warning_enterprise"),
        ),
        migrations.AddIndex(
            model_name="warning",
            index=models.Index(fields=["path", "state", "tier"], name="warning_counts"),
        ),
        migrations.AddConstraint(
            model_name="warning",
            constraint=models.UniqueConstraint(fields=("organisation", "subject_key", "rule"), name="warning_key"),
        ),
        tenant_policy("warning_warning"),
        tenant_policy("warning_step"),
    ]

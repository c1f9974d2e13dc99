import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import tenant_policy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="HazardPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=160)),
                ("rank", models.IntegerField()),
                ("title_zh", models.TextField()),
                ("title_en", models.TextField()),
                ("equipment", models.TextField()),
                ("equipment_en", models.TextField()),
                ("part", models.TextField()),
                ("part_en", models.TextField()),
                ("accident_type", models.CharField(max_length=20)),
                ("severity", models.CharField(max_length=20)),
                ("deduced", models.FloatField()),
                ("probability", models.FloatField()),
                ("colour", models.CharField(max_length=10)),
                ("body", models.JSONField()),
                ("model_version", models.CharField(max_length=120)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("confirmed", "Confirmed"),
                            ("not_found", "Not Found"),
                            ("not_applicable", "Not Applicable"),
                        ],
                        default="open",
                        max_length=16,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("current", models.BooleanField(default=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
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
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("confirmed", "Confirmed"),
                            ("not_found", "Not Found"),
                            ("not_applicable", "Not Applicable"),
                        ],
                        max_length=16,
                    ),
                ),
                ("note", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="deduction.hazardpoint"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddIndex(
            model_name="hazardpoint",
            index=models.Index(fields=["organisation", "rank"], name="point_rank"),
        ),
        migrations.AddIndex(
            model_name="hazardpoint",
            index=models.Index(fields=["path", "current", "status"], name="point_counts"),
        ),
        migrations.AddConstraint(
            model_name="hazardpoint",
            constraint=models.UniqueConstraint(fields=("organisation", "key"), name="point_key"),
        ),
        tenant_policy("deduction_hazardpoint"),
        tenant_policy("deduction_answer"),
    ]

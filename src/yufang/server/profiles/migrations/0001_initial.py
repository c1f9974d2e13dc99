import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from yufang.server.tenancy import SCOPE, tenant_policy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Enterprise",
            fields=[
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.organisation",
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                ("credit_code", models.CharField(max_length=40)),
                ("industry_code", models.CharField(max_length=10)),
                ("industry_zh", models.CharField(max_length=120)),
                ("industry_en", models.CharField(max_length=200)),
                ("district", models.CharField(max_length=120)),
                ("employees", models.IntegerField(null=True)),
                ("longitude", models.FloatField(null=True)),
                ("latitude", models.FloatField(null=True)),
                (
                    "processes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "materials",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                ("synthetic", models.BooleanField(default=False)),
                ("rank", models.IntegerField(null=True)),
                ("score", models.FloatField(null=True)),
                ("colour", models.CharField(blank=True, max_length=10)),
                ("trend", models.FloatField(null=True)),
                ("expected_injuries", models.FloatField(null=True)),
                ("peer_percentile", models.FloatField(null=True)),
                ("injuries_12m", models.IntegerField(null=True)),
                (
                    "sparkline",
                    django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, size=None),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["rank"], name="enterprise_rank"),
                    models.Index(fields=["industry_code"], name="enterprise_industry"),
                    models.Index(fields=["path", "colour"], name="enterprise_colours"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Region",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("name_zh", models.CharField(max_length=200)),
                ("name_en", models.CharField(max_length=200)),
                ("synthetic", models.BooleanField(default=False)),
                ("as_of", models.DateField(null=True)),
                ("districts", models.JSONField(default=dict)),
                (
                    "organisation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Equipment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=200)),
                ("kind", models.CharField(max_length=80)),
                ("model", models.CharField(max_length=120)),
                ("count", models.IntegerField(null=True)),
                ("commissioned_on", models.DateField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "key"), name="equipment_key")],
            },
        ),
        migrations.CreateModel(
            name="ProfileMonth",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("month", models.DateField()),
                ("injuries_12m", models.IntegerField()),
                ("lost_days_12m", models.FloatField()),
                ("hazards_12m", models.IntegerField()),
                ("confirmed_since", models.IntegerField(default=0)),
                ("expected_injuries", models.FloatField()),
                ("expected_injuries_low", models.FloatField()),
                ("expected_injuries_high", models.FloatField()),
                ("expected_lost_days", models.FloatField()),
                ("credibility", models.FloatField()),
                ("class_code", models.CharField(max_length=20)),
                ("score", models.FloatField()),
                ("colour", models.CharField(max_length=10)),
                ("trend", models.FloatField()),
                ("peer_percentile", models.FloatField()),
                (
                    "reasons_zh",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "reasons_en",
                    django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), default=list, size=None),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "month"), name="profile_month")],
            },
        ),
        # An enterprise may read which region it is in; nothing else above it.
        tenant_policy("profiles_region", also_visible=f"starts_with({SCOPE}, path)"),
        tenant_policy("profiles_enterprise"),
        tenant_policy("profiles_equipment"),
        tenant_policy("profiles_profilemonth"),
    ]

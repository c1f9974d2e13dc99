import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import yufang.server.places.models
from yufang.server.tenancy import give_permissions, tenant_policy

# Who holds a QR code has no scope yet: exactly its area shows, for the transaction that names the token.
PLACE_TOKEN = "(SELECT nullif(current_setting('yufang.place_token', true), ''))"
MAY = {"safety_manager": ["places.manage"]}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SitePlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("name", models.CharField(max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("corners", models.JSONField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Area",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=80)),
                ("name_zh", models.CharField(max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("workshop", "Workshop"),
                            ("store", "Store"),
                            ("yard", "Yard"),
                            ("utility", "Utility"),
                            ("office", "Office"),
                            ("construction", "Construction"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=20,
                    ),
                ),
                ("outline", models.JSONField(default=list)),
                ("lat", models.FloatField(null=True)),
                ("lon", models.FloatField(null=True)),
                ("token", models.CharField(default=yufang.server.places.models.new_token, max_length=43, unique=True)),
                ("closed", models.BooleanField(default=False)),
                ("closed_why", models.TextField(blank=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="areas",
                        to="places.siteplan",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["enterprise", "id"], name="area_enterprise")],
                "constraints": [models.UniqueConstraint(fields=("organisation", "key"), name="area_key")],
            },
        ),
        tenant_policy("places_siteplan"),
        tenant_policy("places_area", also_visible=f"token = {PLACE_TOKEN}"),
        give_permissions(MAY),
    ]

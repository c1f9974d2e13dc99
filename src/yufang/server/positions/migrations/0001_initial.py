import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import tenant_policy

TABLES = ("worndevice", "wearing", "consent", "latestfix", "positionlook", "zonerules")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="WornDevice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=120)),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="places.siteplan",
                    ),
                ),
                ("vehicle", models.BooleanField(default=False)),
                ("closed", models.BooleanField(default=False)),
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
            ],
        ),
        migrations.CreateModel(
            name="Wearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("issued_at", models.DateTimeField()),
                ("shift_ends", models.DateTimeField()),
                ("returned_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="wearings", to="positions.worndevice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LatestFix",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("at", models.BigIntegerField()),
                ("x", models.FloatField(null=True)),
                ("y", models.FloatField(null=True)),
                ("sd_m", models.FloatField(null=True)),
                ("floor", models.IntegerField(null=True)),
                ("area_p", models.FloatField(null=True)),
                ("blurred", models.BooleanField(default=False)),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="places.area"
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "wearing",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="positions.wearing"
                    ),
                ),
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fix", to="positions.worndevice"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="ZoneRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("kind", models.CharField(max_length=10)),
                ("hours", models.JSONField(default=list)),
                ("floor", models.IntegerField(null=True)),
                ("max_people", models.IntegerField(default=0)),
                ("lone_after_s", models.FloatField(default=0.0)),
                ("sight_s", models.FloatField(default=0.0)),
                ("hold_s", models.FloatField(default=2.0)),
                (
                    "area",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="places.area"
                    ),
                ),
                (
                    "enterprise",
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
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("purpose", models.CharField(choices=[("alarm", "Alarm"), ("rescue", "Rescue")], max_length=10)),
                ("given_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(null=True)),
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
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("person", "purpose"),
                        name="consent_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PositionLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("by_name", models.CharField(max_length=80)),
                ("purpose", models.CharField(choices=[("alarm", "Alarm"), ("rescue", "Rescue")], max_length=10)),
                ("reason", models.CharField(max_length=300)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
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
                "indexes": [models.Index(fields=["person", "-at"], name="position_look_person")],
            },
        ),
        migrations.AddConstraint(
            model_name="worndevice",
            constraint=models.UniqueConstraint(fields=("enterprise", "key"), name="worn_device_key"),
        ),
        migrations.AddConstraint(
            model_name="wearing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("returned_at__isnull", True)), fields=("device",), name="worn_device_by_one"
            ),
        ),
        migrations.AddConstraint(
            model_name="wearing",
            constraint=models.UniqueConstraint(
                condition=models.Q(("returned_at__isnull", True)), fields=("person",), name="person_wears_one"
            ),
        ),
        *(tenant_policy(f"positions_{table}") for table in TABLES),
    ]

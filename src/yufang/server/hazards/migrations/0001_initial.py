import django.db.models.deletion
from django.db import migrations, models

from yufang.server.tenancy import SCOPE, give_permissions, tenant_policy

TABLES = ("hazard", "hazardstep", "hazardphoto", "opinion", "timer", "tally")
# who works on hazards, who checks what others fixed, who supervises major ones
MAY = {
    "supervisor": ["hazards.handle", "hazards.check", "hazards.supervise"],
    "safety_manager": ["hazards.handle", "hazards.check"],
    "team_leader": ["hazards.handle"],
}
# An enterprise's steps count in its region, whose rows its people don't see.
ADD_UP = (
    f"CREATE POLICY add_up ON hazards_tally FOR INSERT WITH CHECK (starts_with({SCOPE}, path))",
    "DROP POLICY add_up ON hazards_tally",
)


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0002_desk"),
        ("deduction", "0002_verification"),
        ("places", "0001_initial"),
        ("warning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Hazard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", editable=False, max_length=120)),
                ("kind", models.CharField(max_length=30)),
                ("level", models.CharField(max_length=8)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("opened", "Opened"),
                            ("assigned", "Assigned"),
                            ("in_progress", "In Progress"),
                            ("fixed", "Fixed"),
                            ("checked", "Checked"),
                            ("confirmed", "Confirmed"),
                            ("refused", "Refused"),
                            ("closed", "Closed"),
                        ],
                        default="opened",
                        max_length=12,
                    ),
                ),
                ("title_zh", models.TextField()),
                ("title_en", models.TextField(blank=True)),
                ("words", models.TextField(blank=True)),
                (
                    "found_by",
                    models.CharField(
                        choices=[
                            ("worker", "Worker"),
                            ("inspection", "Inspection"),
                            ("deduction", "Deduction"),
                            ("alert", "Alert"),
                            ("regulator", "Regulator"),
                        ],
                        max_length=12,
                    ),
                ),
                ("spot_source", models.CharField(blank=True, max_length=6)),
                ("x", models.FloatField(null=True)),
                ("y", models.FloatField(null=True)),
                ("lat", models.FloatField(null=True)),
                ("lon", models.FloatField(null=True)),
                ("accuracy_m", models.FloatField(null=True)),
                ("report_id", models.BigIntegerField(null=True)),
                ("inspection_id", models.BigIntegerField(null=True)),
                ("by_code", models.BooleanField(default=False)),
                ("route_rule", models.CharField(blank=True, max_length=80)),
                ("route_zh", models.TextField(blank=True)),
                ("route_en", models.TextField(blank=True)),
                ("opened_at", models.DateTimeField()),
                ("promise_due_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("answer_minutes", models.IntegerField(null=True)),
                ("due_at", models.DateTimeField()),
                ("fixed_at", models.DateTimeField(null=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("closed_why", models.CharField(blank=True, max_length=24)),
                ("since", models.DateTimeField()),
                ("round", models.IntegerField(default=0)),
                ("reopened", models.IntegerField(default=0)),
                ("contested", models.BooleanField(default=False)),
                ("escalated", models.SmallIntegerField(default=0)),
                ("major", models.BooleanField(null=True)),
                ("major_at", models.DateTimeField(null=True)),
                ("criterion", models.CharField(blank=True, max_length=24)),
                ("suspects", models.JSONField(default=list)),
                ("released_at", models.DateTimeField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="places.area"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="cases.injurycase"
                    ),
                ),
                (
                    "checker",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "fixer",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
                (
                    "major_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "point",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="deduction.hazardpoint",
                    ),
                ),
                (
                    "refuser",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "route_owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        db_index=False,
                        related_name="+",
                        to="accounts.person",
                    ),
                ),
                (
                    "route_team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        db_index=False,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        db_index=False,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
                (
                    "warning",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="warning.warning"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HazardPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("round", models.IntegerField(default=0)),
                ("role", models.CharField(choices=[("before", "Before"), ("after", "After")], max_length=6)),
                ("sha256", models.CharField(max_length=64)),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("size", models.IntegerField()),
                ("x", models.FloatField(null=True)),
                ("y", models.FloatField(null=True)),
                ("lat", models.FloatField(null=True)),
                ("lon", models.FloatField(null=True)),
                ("accuracy_m", models.FloatField(null=True)),
                ("distance_m", models.FloatField(null=True)),
                ("distance_share", models.FloatField(null=True)),
                ("far", models.BooleanField(default=False)),
                ("at", models.DateTimeField()),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "hazard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="hazards.hazard"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HazardStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("action", models.CharField(max_length=20)),
                ("before", models.CharField(blank=True, max_length=12)),
                ("after", models.CharField(max_length=12)),
                ("note", models.TextField(blank=True)),
                ("text_zh", models.TextField(blank=True)),
                ("text_en", models.TextField(blank=True)),
                ("level", models.CharField(max_length=8)),
                ("at", models.DateTimeField()),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "hazard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="hazards.hazard"
                    ),
                ),
                (
                    "to",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("question", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("agrees", models.BooleanField(null=True)),
                ("words", models.TextField(blank=True)),
                ("given_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "asked_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "hazard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="opinions", to="hazards.hazard"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", editable=False, max_length=120)),
                ("month", models.DateField()),
                ("kind", models.CharField(blank=True, max_length=30)),
                ("level", models.CharField(blank=True, max_length=8)),
                ("what", models.CharField(max_length=8)),
                ("minutes", models.IntegerField(default=-1)),
                ("n", models.IntegerField(default=1)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["path", "level", "kind", "month"],
                        include=["what", "minutes", "n"],
                        name="hazard_tally_cube",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("kind", models.CharField(max_length=24)),
                ("due_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "hazard",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="timers", to="hazards.hazard"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="hazard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("closed_at__isnull", False), ("state", "closed")),
                    models.Q(models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", True)),
                    _connector="OR",
                ),
                name="hazard_closed_when",
            ),
        ),
        migrations.AddConstraint(
            model_name="hazard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("checker__isnull", True),
                    ("fixer__isnull", True),
                    models.Q(("checker", models.F("fixer")), _negated=True),
                    _connector="OR",
                ),
                name="hazard_checked_by_another",
            ),
        ),
        migrations.AddIndex(
            model_name="hazardphoto",
            index=models.Index(fields=["hazard", "id"], name="hazard_photo_order"),
        ),
        migrations.AddConstraint(
            model_name="hazardphoto",
            constraint=models.UniqueConstraint(fields=("hazard", "role", "round", "sha256"), name="hazard_photo_once"),
        ),
        migrations.AddIndex(
            model_name="hazardstep",
            index=models.Index(fields=["hazard", "id"], name="hazard_step_order"),
        ),
        migrations.AddIndex(
            model_name="hazardstep",
            index=models.Index(fields=["at", "id"], name="hazard_step_at"),
        ),
        migrations.AddIndex(
            model_name="opinion",
            index=models.Index(fields=["hazard", "id"], name="hazard_opinion_order"),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(
                condition=models.Q(("given_at__isnull", True)), fields=("hazard", "asked_of"), name="opinion_asked_once"
            ),
        ),
        migrations.AddIndex(
            model_name="timer",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)), fields=["due_at", "id"], name="hazard_timer_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.UniqueConstraint(fields=("hazard", "kind", "due_at"), name="hazard_timer_once"),
        ),
        *(tenant_policy(f"hazards_{table}") for table in TABLES),
        migrations.RunSQL(*ADD_UP),
        give_permissions(MAY),
    ]

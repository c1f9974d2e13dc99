import django.db.models.deletion
from django.db import migrations, models

from yufang.server.tenancy import add_role, give_permissions, tenant_policy

# Who reports has no scope: a report shows to the phone that made its id, and to whoever holds its follow code.
CLIENT = "(SELECT nullif(current_setting('yufang.report_client', true), '')::uuid)"
FOLLOWED = "(SELECT nullif(current_setting('yufang.follow_hash', true), ''))"
WORKER = ("worker", "一线工人", "Worker", ["hazards.report"])
MAY = {"safety_manager": ["hazards.report", "reports.contact"], "team_leader": ["hazards.report"]}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("hazards", "0001_initial"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Report",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("client_id", models.UUIDField()),
                ("content_sha256", models.CharField(max_length=64)),
                ("code_hash", models.CharField(max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("complete", "Complete")], default="waiting", max_length=10
                    ),
                ),
                ("words", models.TextField()),
                ("kind", models.CharField(blank=True, max_length=60)),
                ("suggested", models.JSONField(default=list)),
                ("named", models.BooleanField(default=False)),
                ("contact", models.BinaryField(null=True)),
                ("spot", models.JSONField(null=True)),
                ("said_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("completed_at", models.DateTimeField(null=True)),
                ("same_as", models.BigIntegerField(null=True)),
                (
                    "hazard",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="hazards.hazard",
                    ),
                ),
                ("joined", models.BooleanField(default=False)),
                ("area_was_closed", models.BooleanField(default=False)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "area",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.area"),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReportFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("file_id", models.CharField(max_length=64)),
                ("kind", models.CharField(choices=[("photo", "Photo"), ("voice", "Voice")], max_length=10)),
                ("declared_sha256", models.CharField(max_length=64)),
                ("declared_size", models.IntegerField()),
                ("declared_type", models.CharField(blank=True, max_length=80)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.IntegerField(default=0)),
                ("width", models.IntegerField(null=True)),
                ("height", models.IntegerField(null=True)),
                ("seconds", models.FloatField(null=True)),
                ("arrived_at", models.DateTimeField(null=True)),
                ("refused", models.JSONField(null=True)),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="reports.report"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["area", "state"], name="report_area"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("client_id",), name="report_client"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.UniqueConstraint(fields=("code_hash",), name="report_code"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("named", True), models.Q(("contact__isnull", True), ("person__isnull", True)), _connector="OR"
                ),
                name="report_anonymous",
            ),
        ),
        migrations.AddConstraint(
            model_name="reportfile",
            constraint=models.UniqueConstraint(fields=("report", "file_id"), name="report_file"),
        ),
        tenant_policy("reports_report", also_visible=f"client_id = {CLIENT} OR code_hash = {FOLLOWED}"),
        tenant_policy("reports_reportfile"),
        add_role(*WORKER),
        give_permissions(MAY),
    ]

import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

MAY = {
    "supervisor": ["warning.mute"],
    "safety_manager": ["warning.mute", "warning.observe"],
}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("deduction", "0002_verification"),
        ("places", "0001_initial"),
        ("warning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MuteWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("rule", models.CharField(db_default="", max_length=80)),
                ("subject_key", models.CharField(db_default="", max_length=160)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("lifted_at", models.DateTimeField(null=True)),
                ("ledger_index", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Watch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("rule", models.CharField(max_length=80)),
                ("subject_key", models.CharField(max_length=160)),
                ("signal", models.JSONField(default=dict)),
                ("due_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name="warning",
            name="warning_key",
        ),
        migrations.AddField(
            model_name="warning",
            name="area",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="places.area"
            ),
        ),
        migrations.AddField(
            model_name="warning",
            name="close_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="warning",
            name="escalate_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="warning",
            name="quiet_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="warning",
            name="episode",
            field=models.IntegerField(db_default=1),
        ),
        migrations.AddField(
            model_name="warning",
            name="flapping",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="warning",
            name="hazard_number",
            field=models.BigIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="warning",
            name="level",
            field=models.SmallIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="warning",
            name="origin",
            field=models.CharField(choices=[("run", "Run"), ("event", "Event")], db_default="run", max_length=5),
        ),
        migrations.AddField(
            model_name="warning",
            name="owed",
            field=models.BooleanField(db_default=False),
        ),
        migrations.AddField(
            model_name="warning",
            name="quiet_why",
            field=models.CharField(db_default="", max_length=7),
        ),
        migrations.AddField(
            model_name="warning",
            name="round",
            field=models.IntegerField(db_default=1),
        ),
        migrations.AlterField(
            model_name="warning",
            name="state",
            field=models.CharField(
                choices=[
                    ("raised", "Raised"),
                    ("acknowledged", "Acknowledged"),
                    ("handed_on", "Handed On"),
                    ("escalated", "Escalated"),
                    ("downgraded", "Downgraded"),
                    ("resolved", "Resolved"),
                    ("closed", "Closed"),
                ],
                default="raised",
                max_length=14,
            ),
        ),
        migrations.AddField(
            model_name="warning",
            name="due_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.comparison.Least("escalate_at", "close_at", "quiet_until"),
                output_field=models.DateTimeField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="warning",
            index=models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="warning_due"),
        ),
        migrations.AddIndex(
            model_name="warning",
            index=models.Index(condition=models.Q(("area__isnull", False)), fields=["area"], name="warning_area"),
        ),
        migrations.AddConstraint(
            model_name="warning",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "closed"), _negated=True),
                fields=("organisation", "subject_key", "rule"),
                name="warning_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="warning",
            constraint=models.UniqueConstraint(
                fields=("organisation", "subject_key", "rule", "episode"), name="warning_episode"
            ),
        ),
        migrations.AddField(
            model_name="mutewindow",
            name="area",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="places.area"
            ),
        ),
        migrations.AddField(
            model_name="mutewindow",
            name="by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
            ),
        ),
        migrations.AddField(
            model_name="mutewindow",
            name="lifted_by",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
            ),
        ),
        migrations.AddField(
            model_name="mutewindow",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
            ),
        ),
        migrations.AddField(
            model_name="watch",
            name="area",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="places.area"
            ),
        ),
        migrations.AddField(
            model_name="watch",
            name="organisation",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
            ),
        ),
        migrations.AddIndex(
            model_name="mutewindow",
            index=models.Index(fields=["ends_at"], name="mute_window_end"),
        ),
        migrations.AddConstraint(
            model_name="mutewindow",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="mute_window_span"
            ),
        ),
        migrations.AddIndex(
            model_name="watch",
            index=models.Index(condition=models.Q(("due_at__isnull", False)), fields=["due_at"], name="watch_due"),
        ),
        migrations.AddConstraint(
            model_name="watch",
            constraint=models.UniqueConstraint(fields=("organisation", "rule", "subject_key"), name="watch_key"),
        ),
        tenant_policy("warning_mutewindow"),
        tenant_policy("warning_watch"),
        give_permissions(MAY),
    ]

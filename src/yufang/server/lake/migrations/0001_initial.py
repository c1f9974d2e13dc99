import django.db.models.deletion
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DataSource",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("name", models.CharField(max_length=300)),
                ("table", models.CharField(max_length=40)),
                ("owner", models.CharField(blank=True, max_length=80)),
                ("ledger_index", models.BigIntegerField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AuditSnapshot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("as_of", models.DateField()),
                ("recomputed", models.BooleanField(default=False)),
                ("rows", models.IntegerField()),
                ("overall", models.FloatField(null=True)),
                ("scores", models.JSONField(default=dict)),
                ("detail", models.JSONField(default=dict)),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="snapshots", to="lake.datasource"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=40)),
                ("at", models.CharField(blank=True, max_length=40)),
                ("mapping", models.CharField(blank=True, max_length=120)),
                ("encoding", models.CharField(blank=True, max_length=80)),
                ("rows", models.IntegerField()),
                ("taken", models.IntegerField()),
                ("rejected", models.IntegerField()),
                ("known", models.IntegerField()),
                ("changed", models.IntegerField()),
                ("emptied", models.IntegerField()),
                ("flagged", models.IntegerField()),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="runs", to="lake.datasource"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Reject",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("source_row", models.IntegerField()),
                ("field", models.CharField(max_length=80)),
                ("value", models.CharField(max_length=300)),
                ("rule", models.CharField(max_length=80)),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rejects", to="lake.importrun"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="datasource",
            constraint=models.UniqueConstraint(fields=("organisation", "name", "table"), name="data_source"),
        ),
        migrations.AddConstraint(
            model_name="auditsnapshot",
            constraint=models.UniqueConstraint(fields=("source", "as_of"), name="audit_snapshot"),
        ),
        migrations.AddConstraint(
            model_name="importrun",
            constraint=models.UniqueConstraint(fields=("source", "key"), name="import_run"),
        ),
        migrations.AddConstraint(
            model_name="reject",
            constraint=models.UniqueConstraint(fields=("run", "source_row", "rule"), name="rejected_row"),
        ),
        tenant_policy("lake_datasource"),
        tenant_policy("lake_importrun"),
        tenant_policy("lake_reject"),
        tenant_policy("lake_auditsnapshot"),
        give_permissions({"supervisor": ["lake.manage"]}),
    ]

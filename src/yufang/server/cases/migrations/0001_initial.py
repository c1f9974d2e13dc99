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
            name="CaseCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("facet", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[("auto", "Auto"), ("review", "Review"), ("decided", "Decided")], max_length=10
                    ),
                ),
                ("code", models.CharField(max_length=40, null=True)),
                ("probability", models.FloatField()),
                ("threshold", models.FloatField()),
                ("suggestions", models.JSONField(default=list)),
                ("evidence", models.JSONField(default=list)),
                ("model_version", models.CharField(max_length=120)),
                ("gain", models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("code", models.CharField(max_length=40)),
                ("previous", models.CharField(max_length=40, null=True)),
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
                    "case_code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="cases.casecode"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="InjuryCase",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=120)),
                ("enterprise_name", models.CharField(max_length=200)),
                ("occurred_on", models.DateField(null=True)),
                ("reported_on", models.DateField(null=True)),
                ("narrative", models.TextField()),
                ("place", models.TextField()),
                ("job", models.TextField()),
                ("equipment", models.TextField()),
                ("lost_days", models.FloatField(null=True)),
                ("deaths", models.IntegerField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="casecode",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="cases.injurycase"
            ),
        ),
        migrations.AddIndex(
            model_name="injurycase",
            index=models.Index(fields=["occurred_on"], name="case_occurred_on"),
        ),
        migrations.AddConstraint(
            model_name="injurycase",
            constraint=models.UniqueConstraint(fields=("region", "key"), name="case_key"),
        ),
        migrations.AddIndex(
            model_name="casecode",
            index=models.Index(fields=["state", "-gain"], name="case_code_queue"),
        ),
        migrations.AddIndex(
            model_name="casecode",
            index=models.Index(fields=["path", "state"], name="case_code_counts"),
        ),
        migrations.AddConstraint(
            model_name="casecode",
            constraint=models.UniqueConstraint(fields=("case", "facet"), name="case_facet"),
        ),
        tenant_policy("cases_injurycase"),
        tenant_policy("cases_casecode"),
        tenant_policy("cases_decision"),
    ]

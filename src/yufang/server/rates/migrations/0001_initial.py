import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

# who simulates and who approves, beside what the role has
MAY = {"supervisor": ["rates.simulate", "rates.approve"]}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="RefusedInsured",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("file", models.CharField(max_length=200)),
                ("row", models.IntegerField()),
                ("field", models.CharField(max_length=40)),
                ("value", models.TextField()),
                ("reason_zh", models.TextField()),
                ("reason_en", models.TextField()),
                ("raw", models.JSONField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RateProposal",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("owner", models.CharField(max_length=120)),
                ("name", models.CharField(max_length=200)),
                ("rate_class", models.IntegerField()),
                ("move", models.IntegerField()),
                ("premium_now", models.FloatField()),
                ("premium_proposed", models.FloatField()),
                ("change", models.FloatField()),
                ("experience", models.FloatField()),
                ("body", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "Proposed"),
                            ("approved", "Approved"),
                            ("returned", "Returned"),
                            ("unrated", "Unrated"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RateDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("kind", models.CharField(choices=[("approved", "Approved"), ("returned", "Returned")], max_length=10)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "proposal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="rates.rateproposal"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="RateRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("year", models.IntegerField(null=True)),
                ("income_change", models.FloatField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "Queued"), ("running", "Running"), ("done", "Done"), ("failed", "Failed")],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("done", models.IntegerField(default=0)),
                ("total", models.IntegerField(default=0)),
                ("tries", models.IntegerField(default=0)),
                ("asked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("beat_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("problem_zh", models.TextField(default="")),
                ("problem_en", models.TextField(default="")),
                ("result", models.JSONField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="rateproposal",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="proposals", to="rates.raterun"
            ),
        ),
        migrations.CreateModel(
            name="RateTable",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=80)),
                ("name_zh", models.CharField(max_length=200)),
                ("name_en", models.CharField(max_length=200)),
                ("effective_from", models.DateField()),
                ("text", models.TextField()),
                ("sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="raterun",
            name="table",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="rates.ratetable"
            ),
        ),
        migrations.CreateModel(
            name="InsuredYear",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("owner", models.CharField(max_length=120)),
                ("year", models.IntegerField()),
                ("payroll", models.FloatField()),
                ("benefits", models.FloatField()),
                ("injuries", models.IntegerField()),
                ("deaths", models.IntegerField()),
                ("diseases", models.IntegerField()),
                ("grade", models.IntegerField(null=True)),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.organisation",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "year"], name="insured_year_owner")],
                "constraints": [models.UniqueConstraint(fields=("owner", "year"), name="insured_year_once")],
            },
        ),
        migrations.AddIndex(
            model_name="rateproposal",
            index=models.Index(fields=["run", "state"], name="rate_proposal_state"),
        ),
        migrations.AddIndex(
            model_name="rateproposal",
            index=models.Index(fields=["organisation", "-run"], name="rate_proposal_owner"),
        ),
        migrations.AddConstraint(
            model_name="rateproposal",
            constraint=models.UniqueConstraint(fields=("run", "owner"), name="rate_proposal_once"),
        ),
        migrations.AddConstraint(
            model_name="ratetable",
            constraint=models.UniqueConstraint(fields=("path", "sha256"), name="rate_table_once"),
        ),
        migrations.AddConstraint(
            model_name="raterun",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["queued", "running"])),
                fields=("path",),
                name="one_simulation_at_a_time",
            ),
        ),
        tenant_policy("rates_insuredyear"),
        tenant_policy("rates_refusedinsured"),
        tenant_policy("rates_ratetable"),
        tenant_policy("rates_raterun"),
        tenant_policy("rates_rateproposal"),
        tenant_policy("rates_ratedecision"),
        give_permissions(MAY),
    ]

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("cases", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("title", models.CharField(max_length=120)),
                ("facet", models.CharField(max_length=40)),
                ("show_suggestions", models.BooleanField(default=False)),
                ("opened_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CampaignItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("place", models.IntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("agreed", "Agreed"),
                            ("disputed", "Disputed"),
                            ("settled", "Settled"),
                        ],
                        default="open",
                        max_length=10,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="GoldLabel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("facet", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=40)),
            ],
        ),
        migrations.CreateModel(
            name="LabelSuspect",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("given", models.CharField(max_length=40)),
                ("likely", models.CharField(max_length=40)),
                ("p_given", models.FloatField()),
                ("p_likely", models.FloatField()),
                ("rank", models.IntegerField()),
                ("origin", models.CharField(max_length=10)),
                ("open", models.BooleanField(default=True)),
            ],
        ),
        migrations.AddField(
            model_name="decision",
            name="kind",
            field=models.CharField(
                choices=[
                    ("decided", "Decided"),
                    ("agreed", "Agreed"),
                    ("adjudicated", "Adjudicated"),
                    ("bulk", "Bulk"),
                    ("undone", "Undone"),
                ],
                default="decided",
                max_length=12,
            ),
        ),
        migrations.AddField(
            model_name="decision",
            name="model_version",
            field=models.CharField(default="", max_length=120),
        ),
        migrations.AddField(
            model_name="decision",
            name="previous_state",
            field=models.CharField(default="", max_length=10),
        ),
        migrations.AddField(
            model_name="decision",
            name="suggested",
            field=models.CharField(default="", max_length=40),
        ),
        migrations.AddField(
            model_name="decision",
            name="suggested_probability",
            field=models.FloatField(default=0.0),
        ),
        migrations.AddField(
            model_name="decision",
            name="undoes",
            field=models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="undone_by", to="cases.decision"
            ),
        ),
        migrations.CreateModel(
            name="BlindCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("code", models.CharField(max_length=40)),
                ("note", models.TextField()),
                ("settles", models.BooleanField(default=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="BulkAccept",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("facet", models.CharField(max_length=40)),
                ("code", models.CharField(max_length=40)),
                ("least_probability", models.FloatField()),
                ("accepted", models.IntegerField()),
                ("cases_sha256", models.CharField(max_length=64)),
                ("reason", models.TextField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="decision",
            name="bulk",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="decisions", to="cases.bulkaccept"
            ),
        ),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["by", "-id"], name="decision_of_person"),
        ),
        migrations.AddField(
            model_name="campaign",
            name="first_coder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="opened_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
            ),
        ),
        migrations.AddField(
            model_name="campaign",
            name="second_coder",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
            ),
        ),
        migrations.AddField(
            model_name="campaignitem",
            name="campaign",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="cases.campaign"
            ),
        ),
        migrations.AddField(
            model_name="campaignitem",
            name="case_code",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="campaign_items", to="cases.casecode"
            ),
        ),
        migrations.AddField(
            model_name="blindcode",
            name="item",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="cases.campaignitem"
            ),
        ),
        migrations.AddField(
            model_name="goldlabel",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="gold_labels", to="cases.injurycase"
            ),
        ),
        migrations.AddField(
            model_name="labelsuspect",
            name="case_code",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="suspect", to="cases.casecode"
            ),
        ),
        migrations.AddConstraint(
            model_name="campaignitem",
            constraint=models.UniqueConstraint(fields=("campaign", "case_code"), name="campaign_case"),
        ),
        migrations.AddConstraint(
            model_name="blindcode",
            constraint=models.UniqueConstraint(fields=("item", "by"), name="blind_code_once"),
        ),
        migrations.AddConstraint(
            model_name="goldlabel",
            constraint=models.UniqueConstraint(fields=("case", "facet"), name="gold_label_facet"),
        ),
        migrations.AddIndex(
            model_name="labelsuspect",
            index=models.Index(fields=["open", "rank"], name="label_suspect_queue"),
        ),
        tenant_policy("cases_goldlabel"),
        tenant_policy("cases_bulkaccept"),
        tenant_policy("cases_campaign"),
        tenant_policy("cases_campaignitem"),
        tenant_policy("cases_blindcode"),
        tenant_policy("cases_labelsuspect"),
    ]

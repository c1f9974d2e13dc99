import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

# who decides pairs, beside what the role has
MAY = {"coder": ["linkage.decide"], "supervisor": ["linkage.decide"]}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Linked",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("kind", models.CharField(max_length=20)),
                ("model", models.JSONField()),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ClusterChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("at", models.DateTimeField()),
                ("event", models.CharField(max_length=12)),
                ("from_ids", models.JSONField()),
                ("to_ids", models.JSONField()),
                ("records", models.IntegerField()),
                ("reason", models.TextField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "linked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="linkage.linked"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PairDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("left_key", models.CharField(max_length=240)),
                ("right_key", models.CharField(max_length=240)),
                ("same", models.BooleanField()),
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
                    "linked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="linkage.linked"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Record",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=240)),
                ("source", models.CharField(max_length=200)),
                ("fields", models.JSONField()),
                ("exclusive", models.CharField(max_length=40, null=True)),
                ("cluster", models.CharField(db_index=True, max_length=40)),
                (
                    "linked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="records", to="linkage.linked"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Pair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("probability", models.FloatField()),
                ("weight", models.FloatField()),
                ("sure", models.BooleanField()),
                ("evidence", models.JSONField(default=list)),
                ("gain", models.FloatField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("desk", "Desk"),
                            ("accepted", "Accepted"),
                            ("same", "Same"),
                            ("different", "Different"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "linked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pairs", to="linkage.linked"
                    ),
                ),
                (
                    "left",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="linkage.record"
                    ),
                ),
                (
                    "right",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="linkage.record"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="linked",
            constraint=models.UniqueConstraint(fields=("region", "kind"), name="linked_kind"),
        ),
        migrations.AddConstraint(
            model_name="record",
            constraint=models.UniqueConstraint(fields=("linked", "key"), name="linkage_record_key"),
        ),
        migrations.AddIndex(
            model_name="pair",
            index=models.Index(fields=["linked", "state", "-gain"], name="linkage_queue"),
        ),
        migrations.AddConstraint(
            model_name="pair",
            constraint=models.UniqueConstraint(fields=("left", "right"), name="linkage_pair_once"),
        ),
        tenant_policy("linkage_linked"),
        tenant_policy("linkage_record"),
        tenant_policy("linkage_pair"),
        tenant_policy("linkage_pairdecision"),
        tenant_policy("linkage_clusterchange"),
        give_permissions(MAY),
    ]

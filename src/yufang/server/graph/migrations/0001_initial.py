import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

# who decides on candidate facts, beside what the role has
MAY = {"supervisor": ["graph.decide"]}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Graph",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("revision", models.BigIntegerField(default=0)),
                ("chains_revision", models.BigIntegerField(default=0)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "region",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CausalChain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("body", models.JSONField()),
                (
                    "graph",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="chains", to="graph.graph"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="CandidateDecision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("source", models.CharField(max_length=240)),
                ("relation", models.CharField(max_length=20)),
                ("target", models.CharField(max_length=240)),
                ("accepted", models.BooleanField()),
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
                    "graph",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="decisions", to="graph.graph"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Fact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("source", models.CharField(max_length=240)),
                ("relation", models.CharField(max_length=20)),
                ("target", models.CharField(max_length=240)),
                ("origin", models.CharField(max_length=12)),
                ("support", models.IntegerField()),
                ("confidence", models.FloatField()),
                ("provenance", models.JSONField(default=list)),
                ("valid_from", models.DateField(null=True)),
                ("valid_to", models.DateField(null=True)),
                ("gone", models.BooleanField(default=False)),
                ("changed", models.BigIntegerField()),
                (
                    "graph",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="facts", to="graph.graph"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["graph", "changed"], name="graph_fact_changed")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("graph", "source", "relation", "target", "origin"), name="graph_fact_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("source", models.CharField(max_length=240)),
                ("relation", models.CharField(max_length=20)),
                ("target", models.CharField(max_length=240)),
                ("shown", models.IntegerField()),
                ("units", models.IntegerField()),
                ("lift", models.FloatField()),
                ("lift_low", models.FloatField()),
                ("confidence", models.FloatField()),
                ("p_value", models.FloatField()),
                ("basis", models.CharField(max_length=10)),
                ("provenance", models.JSONField(default=list)),
                ("valid_from", models.DateField(null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("accepted", "Accepted"), ("refused", "Refused")],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                (
                    "graph",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="candidates", to="graph.graph"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["graph", "state", "-lift_low"], name="graph_candidate_queue")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("graph", "source", "relation", "target"), name="graph_candidate_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GraphNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=240)),
                ("kind", models.CharField(max_length=20)),
                ("label_zh", models.TextField()),
                ("label_en", models.TextField()),
                ("detail_zh", models.TextField()),
                ("words", models.JSONField(default=list)),
                ("changed", models.BigIntegerField()),
                (
                    "graph",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="nodes", to="graph.graph"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["graph", "changed"], name="graph_node_changed")],
                "constraints": [models.UniqueConstraint(fields=("graph", "key"), name="graph_node_key")],
            },
        ),
        tenant_policy("graph_graph"),
        tenant_policy("graph_graphnode"),
        tenant_policy("graph_fact"),
        tenant_policy("graph_causalchain"),
        tenant_policy("graph_candidate"),
        tenant_policy("graph_candidatedecision"),
        give_permissions(MAY),
    ]

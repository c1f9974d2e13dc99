import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

# A node has no scope before its signature is checked, nor one that enrols before its token is found: exactly its row
# shows, for the transaction that names it.
NODE = "(SELECT nullif(current_setting('yufang.edge_node', true), '')::bigint)"
TOKEN = "(SELECT nullif(current_setting('yufang.edge_token', true), ''))"
MAY = {"safety_manager": ["edge.manage"]}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="EdgeNode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("name", models.CharField(max_length=40)),
                ("public_key", models.CharField(blank=True, max_length=43)),
                ("token_sha256", models.CharField(blank=True, max_length=64)),
                ("token_until", models.DateTimeField(null=True)),
                ("enrolled_at", models.DateTimeField(null=True)),
                ("closed", models.BooleanField(default=False)),
                ("signed_us", models.BigIntegerField(db_default=0)),
                ("last_seen", models.DateTimeField(null=True)),
                ("health", models.JSONField(default=dict)),
                ("desired", models.JSONField(default=dict)),
                ("desired_version", models.IntegerField(db_default=0)),
                ("reported", models.JSONField(default=dict)),
                ("reported_version", models.IntegerField(db_default=0)),
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
            name="EdgeLane",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("epoch", models.CharField(max_length=40)),
                ("lane", models.CharField(max_length=10)),
                ("came", models.BigIntegerField(db_default=0)),
                ("missing", models.JSONField(default=list)),
                ("next", models.BigIntegerField(db_default=0)),
                ("gone", models.JSONField(default=list)),
                ("thinned", models.BigIntegerField(db_default=0)),
                (
                    "node",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lanes", to="edge.edgenode"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EdgeSigner",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("name", models.CharField(max_length=80)),
                ("public_key", models.CharField(max_length=43)),
                ("closed", models.BooleanField(default=False)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EdgeBundle",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("kind", models.CharField(max_length=10)),
                ("name", models.CharField(max_length=60)),
                ("version", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("signer", models.CharField(max_length=43)),
                ("content", models.BinaryField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("enterprise", "sha256"), name="edge_bundle_once")],
            },
        ),
        migrations.AddIndex(
            model_name="edgenode",
            index=models.Index(
                condition=models.Q(("token_sha256", ""), _negated=True), fields=["token_sha256"], name="edge_node_token"
            ),
        ),
        migrations.AddConstraint(
            model_name="edgenode",
            constraint=models.UniqueConstraint(fields=("enterprise", "name"), name="edge_node_name"),
        ),
        migrations.AddConstraint(
            model_name="edgelane",
            constraint=models.UniqueConstraint(fields=("node", "epoch", "lane"), name="edge_lane_once"),
        ),
        migrations.AddConstraint(
            model_name="edgesigner",
            constraint=models.UniqueConstraint(fields=("enterprise", "public_key"), name="edge_signer_key"),
        ),
        tenant_policy("edge_edgenode", also_visible=f"id = {NODE} OR token_sha256 = {TOKEN}"),
        *(tenant_policy(f"edge_{table}") for table in ("edgelane", "edgesigner", "edgebundle")),
        give_permissions(MAY),
    ]

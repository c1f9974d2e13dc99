from django.db import migrations, models

from yufang.server.ledger.sql import tree_in_tiles
from yufang.server.tenancy import tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Followed",
            fields=[
                ("origin", models.CharField(max_length=255, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField()),
                ("root_hash", models.BinaryField()),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=[("signed", "Signed"), ("cosigned", "Cosigned")],
                        max_length=8,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("size", models.BigIntegerField()),
                ("root_hash", models.BinaryField()),
                ("note", models.TextField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Node",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "level", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("level", models.SmallIntegerField()),
                ("position", models.BigIntegerField()),
                ("hash", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Salt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("subject", models.CharField(max_length=120)),
                ("field", models.CharField(max_length=60)),
                ("commitment", models.CharField(max_length=64, unique=True)),
                ("salt", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Verified",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("seconds", models.FloatField()),
                ("size", models.BigIntegerField()),
                ("findings", models.JSONField(default=list)),
            ],
        ),
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("name", models.CharField(max_length=200, primary_key=True, serialize=False)),
                ("size", models.BigIntegerField(default=0)),
                ("cosigned_at", models.DateTimeField(null=True)),
                ("tried_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, default="", max_length=300)),
            ],
        ),
        migrations.AddField(
            model_name="checkpoint",
            name="note",
            field=models.TextField(db_default=""),
        ),
        migrations.AddIndex(
            model_name="salt",
            index=models.Index(fields=["subject"], name="ledger_salt_subject"),
        ),
        tenant_policy("ledger_salt"),
        tree_in_tiles(),
    ]

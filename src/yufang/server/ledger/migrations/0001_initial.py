from django.db import migrations, models

from yufang.server.ledger.sql import append_only_log


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Checkpoint",
            fields=[
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root_hash", models.BinaryField()),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Leaf",
            fields=[
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("actor_id", models.BigIntegerField(null=True)),
                ("action", models.CharField(max_length=60)),
                ("subject", models.CharField(max_length=120)),
                ("data", models.BinaryField()),
                ("leaf_hash", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["action", "-index"], name="leaf_action")],
            },
        ),
        append_only_log(),
    ]

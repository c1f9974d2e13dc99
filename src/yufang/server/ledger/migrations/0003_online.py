from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models

from yufang.server.ledger.sql import backfill


class Migration(migrations.Migration):
    """What takes long on a long log, and lets appends go on meanwhile."""

    atomic = False

    dependencies = [("ledger", "0002_tiles")]

    operations = [
        AddIndexConcurrently("leaf", models.Index(fields=["subject", "index"], name="leaf_subject")),
        backfill(),
    ]

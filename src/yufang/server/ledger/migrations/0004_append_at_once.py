from django.db import migrations

from yufang.server.ledger.sql import append_at_once


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_online")]

    operations = [append_at_once()]

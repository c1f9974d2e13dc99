"""Organisations that people open, rename and close. Both columns come without rewriting the table."""

from django.db import migrations, models

from yufang.server.tenancy import give_permissions


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_roles_invitations_keys")]

    operations = [
        migrations.AddField("organisation", "by_hand", models.BooleanField(default=False, db_default=False)),
        migrations.AddField("organisation", "closed_at", models.DateTimeField(null=True)),
        give_permissions({"supervisor": ["accounts.organisations"], "safety_manager": ["accounts.organisations"]}),
    ]

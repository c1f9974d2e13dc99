from django.db import migrations, models

from yufang.server.accounts.policies import BY_IDENTITY, persons_policy


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
        ("usersessions", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            "person", "last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")
        ),
        migrations.AddField("person", "service", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("person", "must_change_password", models.BooleanField(db_default=False, default=False)),
        migrations.AddField("person", "password_changed_at", models.DateTimeField(null=True)),
        persons_policy("account_emailaddress", "user_id"),
        persons_policy("account_emailconfirmation", "email_address_id", "SELECT id FROM account_emailaddress"),
        persons_policy("mfa_authenticator", "user_id"),
        persons_policy("usersessions_usersession", "user_id"),
        persons_policy("socialaccount_socialaccount", "user_id", also_visible=BY_IDENTITY),
        persons_policy("socialaccount_socialtoken", "account_id", "SELECT id FROM socialaccount_socialaccount"),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_organisations_by_hand"),
    ]

    operations = [
        migrations.AddField(
            model_name="invitation",
            name="notice_number",
            field=models.BigIntegerField(null=True),
        ),
    ]

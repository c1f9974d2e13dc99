from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Bucket",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("until", models.DateTimeField(db_index=True)),
            ],
        ),
        # Nothing in it outlives an hour: it need not be written twice, nor be backed up.
        migrations.RunSQL("ALTER TABLE limits_bucket SET UNLOGGED", "ALTER TABLE limits_bucket SET LOGGED"),
    ]

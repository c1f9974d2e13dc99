from django.db import migrations, models


class Migration(migrations.Migration):
    """What came of the channel register that a node sent."""

    dependencies = [("edge", "0001_initial")]

    operations = [
        migrations.AddField(model_name="edgenode", name="register", field=models.JSONField(null=True)),
    ]

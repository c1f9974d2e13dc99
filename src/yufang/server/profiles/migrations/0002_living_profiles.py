import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from yufang.server.tenancy import tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("profiles", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="profilemonth",
            name="colour_rule",
            field=models.CharField(default="", max_length=10),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="exposure",
            field=models.FloatField(default=0),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="exposure_basis",
            field=models.CharField(default="", max_length=20),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="movement",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="rungs",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="seasons",
            field=django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), default=list, size=None),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="yearly_change",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="yearly_change_high",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="profilemonth",
            name="yearly_change_low",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="region",
            name="groups",
            field=models.JSONField(default=dict),
        ),
        migrations.CreateModel(
            name="ExposureIndex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=400)),
                ("measured_on", models.DateField()),
                ("index", models.FloatField(null=True)),
                ("body", models.JSONField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("organisation", "key"), name="exposure_key")],
            },
        ),
        tenant_policy("profiles_exposureindex"),
    ]

import django.db.models.deletion
from django.db import migrations, models

from yufang.server.tenancy import tenant_policy


def _key() -> models.BigAutoField:  # type: ignore[type-arg]
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


def _path() -> models.CharField:  # type: ignore[type-arg]
    return models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)


def _to(model: str, on_delete: object = django.db.models.deletion.PROTECT, *, null: bool = False) -> models.ForeignKey:  # type: ignore[type-arg]
    return models.ForeignKey(null=null, on_delete=on_delete, related_name="+", to=model)  # type: ignore[misc]


class Migration(migrations.Migration):
    """Forecasts and leaks on the server; which channels an edge node registered."""

    dependencies = [
        ("sensing", "0001_initial"),
        ("places", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="channel",
            name="registered_by",
            field=models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.CreateModel(
            name="ChannelForecast",
            fields=[
                ("id", _key()),
                ("path", _path()),
                ("made_at", models.DateTimeField()),
                ("version", models.CharField(blank=True, max_length=40)),
                ("told", models.JSONField()),
                ("drift", models.JSONField(null=True)),
                ("drift_at", models.DateTimeField(null=True)),
                ("raised_since", models.BigIntegerField(null=True)),
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="forecast", to="sensing.channel"
                    ),
                ),
                ("enterprise", _to("accounts.organisation")),
            ],
        ),
        migrations.CreateModel(
            name="LeakWatch",
            fields=[
                ("id", _key()),
                ("path", _path()),
                ("name", models.CharField(max_length=60)),
                ("config", models.JSONField()),
                ("closed", models.BooleanField(default=False)),
                ("upto", models.BigIntegerField(db_default=0)),
                ("state", models.BinaryField(null=True)),
                ("trouble", models.JSONField(null=True)),
                ("enterprise", _to("accounts.organisation")),
                ("organisation", _to("accounts.organisation")),
                ("plan", _to("places.siteplan", django.db.models.deletion.SET_NULL, null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="leakwatch",
            constraint=models.UniqueConstraint(fields=("enterprise", "name"), name="sensing_leak_watch_name"),
        ),
        tenant_policy("sensing_channelforecast"),
        tenant_policy("sensing_leakwatch"),
    ]

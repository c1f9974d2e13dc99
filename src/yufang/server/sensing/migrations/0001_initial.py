import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

# Who sends a batch has no scope yet: exactly the source with this key shows, for the transaction that names its hash.
SENDER_KEY = "(SELECT nullif(current_setting('yufang.sensing_key', true), ''))"
MAY = {"safety_manager": ["sensing.manage", "sensing.personal"]}
TABLES = ("device", "channel", "batch", "unknownchannel", "episode", "sensingevent")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("places", "0001_initial"),
        ("warning", "0002_lifecycle"),
    ]

    operations = [
        migrations.CreateModel(
            name="Device",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=120)),
                ("name_zh", models.CharField(blank=True, max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
                ("kind", models.CharField(blank=True, max_length=40)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="places.area"
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=120)),
                ("name_zh", models.CharField(blank=True, max_length=120)),
                ("name_en", models.CharField(blank=True, max_length=120)),
                ("quantity", models.CharField(max_length=60)),
                ("unit", models.CharField(max_length=24)),
                ("low", models.FloatField(null=True)),
                ("high", models.FloatField(null=True)),
                ("every_s", models.FloatField(default=1.0)),
                ("x", models.FloatField(null=True)),
                ("y", models.FloatField(null=True)),
                ("z", models.FloatField(null=True)),
                ("calibrated_on", models.DateField(null=True)),
                ("calibration_expires", models.DateField(null=True)),
                ("with_standards", models.BooleanField(default=True)),
                ("place", models.CharField(blank=True, max_length=10)),
                ("limits", models.JSONField(default=list)),
                ("personal", models.BooleanField(default=False)),
                ("closed", models.BooleanField(default=False)),
                ("synthetic", models.BooleanField(default=False)),
                ("last_time", models.BigIntegerField(null=True)),
                ("last_value", models.FloatField(null=True)),
                ("last_flag", models.IntegerField(db_default=0)),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="places.area"
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="channels", to="sensing.device"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Episode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("episode", models.CharField(max_length=80)),
                ("detector", models.CharField(max_length=80)),
                ("subject", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=40)),
                ("since", models.BigIntegerField()),
                ("at", models.BigIntegerField()),
                ("cleared_at", models.BigIntegerField(null=True)),
                ("momentary", models.BooleanField(default=False)),
                ("value", models.FloatField(null=True)),
                ("limit", models.FloatField(null=True)),
                ("unit", models.CharField(blank=True, max_length=24)),
                ("deviation", models.FloatField(null=True)),
                ("sureness", models.FloatField()),
                ("reason_zh", models.TextField()),
                ("reason_en", models.TextField()),
                ("evidence", models.JSONField(default=dict)),
                ("alert_rule", models.CharField(blank=True, max_length=80)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "alert",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="warning.warning"
                    ),
                ),
                (
                    "area",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="places.area"
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="sensing.channel"
                    ),
                ),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="SensingEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=120)),
                ("state", models.CharField(max_length=8)),
                ("at", models.BigIntegerField()),
                ("value", models.FloatField(null=True)),
                ("reason_zh", models.TextField()),
                ("reason_en", models.TextField()),
                ("taken_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="sensing.episode"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Source",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("name", models.CharField(max_length=120)),
                ("key_sha256", models.CharField(blank=True, max_length=64)),
                ("detects", models.BooleanField(default=False)),
                ("upto", models.BigIntegerField(db_default=0)),
                ("gaps", models.JSONField(default=list)),
                ("state", models.BinaryField(null=True)),
                ("last_at", models.DateTimeField(null=True)),
                ("closed", models.BooleanField(default=False)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="episode",
            name="source",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sensing.source"
            ),
        ),
        migrations.CreateModel(
            name="Batch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("sequence", models.BigIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("readings", models.IntegerField()),
                ("events", models.IntegerField()),
                ("refused", models.IntegerField()),
                ("first_time", models.BigIntegerField(null=True)),
                ("last_time", models.BigIntegerField(null=True)),
                ("refusals", models.JSONField(default=list)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="batches", to="sensing.source"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="UnknownChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("key", models.CharField(max_length=120)),
                ("unit", models.CharField(blank=True, max_length=24)),
                ("readings", models.BigIntegerField(db_default=0)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "enterprise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "source",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="sensing.source"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="device",
            constraint=models.UniqueConstraint(fields=("enterprise", "key"), name="sensing_device_key"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("enterprise", "key"), name="sensing_channel_key"),
        ),
        migrations.AddConstraint(
            model_name="sensingevent",
            constraint=models.UniqueConstraint(fields=("enterprise", "key"), name="sensing_event_once"),
        ),
        migrations.AddIndex(
            model_name="source",
            index=models.Index(
                condition=models.Q(("key_sha256", ""), _negated=True), fields=["key_sha256"], name="sensing_source_key"
            ),
        ),
        migrations.AddConstraint(
            model_name="source",
            constraint=models.UniqueConstraint(fields=("enterprise", "name"), name="sensing_source_name"),
        ),
        migrations.AddIndex(
            model_name="episode",
            index=models.Index(fields=["enterprise", "-since", "id"], name="sensing_episode_newest"),
        ),
        migrations.AddIndex(
            model_name="episode",
            index=models.Index(fields=["channel", "-since"], name="sensing_episode_channel"),
        ),
        migrations.AddIndex(
            model_name="episode",
            index=models.Index(
                condition=models.Q(("cleared_at__isnull", True), models.Q(("alert_rule", ""), _negated=True)),
                fields=["enterprise", "alert_rule", "subject"],
                name="sensing_episode_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="episode",
            constraint=models.UniqueConstraint(fields=("enterprise", "episode"), name="sensing_episode_once"),
        ),
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(fields=["at"], name="sensing_batch_at"),
        ),
        migrations.AddConstraint(
            model_name="batch",
            constraint=models.UniqueConstraint(fields=("source", "sequence"), name="sensing_batch_once"),
        ),
        migrations.AddConstraint(
            model_name="unknownchannel",
            constraint=models.UniqueConstraint(fields=("enterprise", "key"), name="sensing_unknown_key"),
        ),
        *(tenant_policy(f"sensing_{table}") for table in TABLES),
        tenant_policy("sensing_source", also_visible=f"key_sha256 = {SENDER_KEY}"),
        give_permissions(MAY),
    ]

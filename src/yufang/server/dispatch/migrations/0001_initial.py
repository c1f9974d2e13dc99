import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

MAY = {"safety_manager": ["dispatch.manage"], "supervisor": ["dispatch.manage"]}
TABLES = ("channel", "reach", "roster", "shift", "standin", "notice", "delivery", "attempt", "inboxitem", "acktoken")


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("warning", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AckToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("token_hash", models.CharField(max_length=64, unique=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "warning",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="warning.warning"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Channel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sms", "Sms"),
                            ("dingtalk", "Dingtalk"),
                            ("wecom", "Wecom"),
                            ("feishu", "Feishu"),
                            ("email", "Email"),
                            ("webhook", "Webhook"),
                            ("web_push", "Web Push"),
                        ],
                        max_length=10,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("settings", models.JSONField(default=dict)),
                ("sealed", models.TextField(blank=True)),
                ("enabled", models.BooleanField(default=True)),
                ("failures", models.IntegerField(default=0)),
                ("last_ok_at", models.DateTimeField(null=True)),
                ("last_failed_at", models.DateTimeField(null=True)),
                ("last_error_zh", models.TextField(blank=True)),
                ("last_error_en", models.TextField(blank=True)),
                ("synthetic", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("role", models.CharField(blank=True, max_length=20)),
                ("kind", models.CharField(max_length=10)),
                ("message_id", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("dropped", "Dropped"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("tries", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("error_zh", models.TextField(blank=True)),
                ("error_en", models.TextField(blank=True)),
                (
                    "channel",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="dispatch.channel"
                    ),
                ),
                (
                    "fell_back_from",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="dispatch.delivery",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "warning",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="warning.warning"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("number", models.IntegerField()),
                ("started_at", models.DateTimeField()),
                ("took_ms", models.IntegerField(null=True)),
                (
                    "result",
                    models.CharField(
                        choices=[
                            ("under_way", "Under Way"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("cut_off", "Cut Off"),
                        ],
                        default="under_way",
                        max_length=10,
                    ),
                ),
                ("error_zh", models.TextField(blank=True)),
                ("error_en", models.TextField(blank=True)),
                ("next_try_at", models.DateTimeField(null=True)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attempts", to="dispatch.delivery"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("level", models.SmallIntegerField(default=0)),
                ("kind", models.CharField(max_length=40)),
                ("subject", models.CharField(max_length=160)),
                (
                    "people",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("title_zh", models.TextField(blank=True)),
                ("title_en", models.TextField(blank=True)),
                ("body_zh", models.TextField(blank=True)),
                ("body_en", models.TextField(blank=True)),
                ("link", models.CharField(blank=True, max_length=300)),
                ("content", models.CharField(max_length=64)),
                ("holes", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                ("spread_at", models.DateTimeField(null=True)),
                (
                    "warning",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="warning.warning"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InboxItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("warning_number", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=40)),
                ("tier", models.CharField(blank=True, max_length=10)),
                ("title_zh", models.TextField()),
                ("title_en", models.TextField()),
                ("body_zh", models.TextField(blank=True)),
                ("body_en", models.TextField(blank=True)),
                ("link", models.CharField(blank=True, max_length=300)),
                ("at", models.DateTimeField()),
                ("read_at", models.DateTimeField(null=True)),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "notice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dispatch.notice"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="delivery",
            name="notice",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="dispatch.notice"
            ),
        ),
        migrations.CreateModel(
            name="Reach",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("sms", "Sms"),
                            ("dingtalk", "Dingtalk"),
                            ("wecom", "Wecom"),
                            ("feishu", "Feishu"),
                            ("email", "Email"),
                            ("webhook", "Webhook"),
                            ("web_push", "Web Push"),
                        ],
                        max_length=10,
                    ),
                ),
                ("sealed", models.TextField(blank=True)),
                ("hint", models.CharField(blank=True, max_length=80)),
                ("position", models.IntegerField(default=0)),
                ("enabled", models.BooleanField(default=True)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "channel",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="reaches",
                        to="dispatch.channel",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="notice",
            name="only",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dispatch.reach"
            ),
        ),
        migrations.AddField(
            model_name="delivery",
            name="reach",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="dispatch.reach"
            ),
        ),
        migrations.CreateModel(
            name="Roster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "duty",
                    models.CharField(
                        choices=[
                            ("on_site_supervisor", "On Site Supervisor"),
                            ("team_leader", "Team Leader"),
                            ("safety_manager", "Safety Manager"),
                            ("regulator", "Regulator"),
                        ],
                        max_length=20,
                    ),
                ),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "roster",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shifts", to="dispatch.roster"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="StandIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("why", models.CharField(blank=True, max_length=200)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "stand_in",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.UniqueConstraint(fields=("organisation", "name"), name="dispatch_channel_name"),
        ),
        migrations.AddConstraint(
            model_name="attempt",
            constraint=models.UniqueConstraint(fields=("delivery", "number"), name="dispatch_attempt_once"),
        ),
        migrations.AddIndex(
            model_name="inboxitem",
            index=models.Index(fields=["person", "-at"], name="dispatch_inbox_person"),
        ),
        migrations.AddIndex(
            model_name="inboxitem",
            index=models.Index(condition=models.Q(("read_at", None)), fields=["person"], name="dispatch_inbox_unread"),
        ),
        migrations.AddConstraint(
            model_name="inboxitem",
            constraint=models.UniqueConstraint(fields=("person", "notice"), name="dispatch_inbox_once"),
        ),
        migrations.AddIndex(
            model_name="reach",
            index=models.Index(fields=["person", "position"], name="dispatch_reach_person"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["content", "-at"], name="dispatch_notice_content"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(condition=models.Q(("spread_at", None)), fields=["at"], name="dispatch_notice_open"),
        ),
        migrations.AddIndex(
            model_name="notice",
            index=models.Index(fields=["warning", "level"], name="dispatch_notice_warning"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state", "waiting")), fields=["next_try_at"], name="dispatch_delivery_due"
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["warning", "id"], name="dispatch_delivery_warning"),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(fields=["channel", "-made_at"], name="dispatch_delivery_channel"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(fields=("notice", "person", "reach"), name="dispatch_delivery_once"),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "in_app")), fields=("notice", "person"), name="dispatch_delivery_bell_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="roster",
            constraint=models.UniqueConstraint(fields=("organisation", "duty"), name="dispatch_roster_once"),
        ),
        migrations.AddIndex(
            model_name="shift",
            index=models.Index(fields=["roster", "starts_at"], name="dispatch_shift_at"),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="dispatch_shift_span"
            ),
        ),
        migrations.AddConstraint(
            model_name="shift",
            constraint=models.UniqueConstraint(fields=("roster", "person", "starts_at"), name="dispatch_shift_once"),
        ),
        migrations.AddConstraint(
            model_name="standin",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="dispatch_stand_in_span"
            ),
        ),
        *(tenant_policy(f"dispatch_{table}") for table in TABLES),
        give_permissions(MAY),
    ]

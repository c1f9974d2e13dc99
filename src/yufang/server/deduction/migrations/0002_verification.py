import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import tenant_policy


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("deduction", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="answer",
            name="client_id",
            field=models.UUIDField(null=True),
        ),
        migrations.AddField(
            model_name="answer",
            name="expected",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="answer",
            name="said_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="hazardpoint",
            name="looks",
            field=models.IntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name="BeliefVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("version", models.CharField(max_length=120)),
                ("card", models.JSONField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("path", "version"), name="belief_version_once")],
            },
        ),
        migrations.CreateModel(
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("sha256", models.CharField(max_length=64)),
                ("sent_sha256", models.CharField(max_length=64)),
                ("width", models.IntegerField()),
                ("height", models.IntegerField()),
                ("size", models.IntegerField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "answer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="deduction.answer"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Retraction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "answer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="retraction", to="deduction.answer"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("day", models.DateField()),
                ("number", models.IntegerField()),
                ("seed", models.CharField(max_length=160)),
                ("explore_share", models.FloatField()),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
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
            name="Slot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("position", models.IntegerField()),
                ("kind", models.CharField(choices=[("likely", "Likely"), ("explore", "Explore")], max_length=8)),
                ("propensity", models.FloatField()),
                ("probability", models.FloatField()),
                (
                    "point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="deduction.hazardpoint"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="slots", to="deduction.round"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="answer",
            name="slot",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="deduction.slot"
            ),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(fields=("by", "client_id"), name="answer_once"),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.UniqueConstraint(fields=("answer", "sent_sha256"), name="photo_once"),
        ),
        migrations.AddConstraint(
            model_name="round",
            constraint=models.UniqueConstraint(fields=("organisation", "day", "number"), name="round_once"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(fields=("round", "position"), name="slot_position"),
        ),
        migrations.AddConstraint(
            model_name="slot",
            constraint=models.UniqueConstraint(fields=("round", "point"), name="slot_point"),
        ),
        tenant_policy("deduction_retraction"),
        tenant_policy("deduction_photo"),
        tenant_policy("deduction_round"),
        tenant_policy("deduction_slot"),
        tenant_policy("deduction_beliefversion"),
    ]

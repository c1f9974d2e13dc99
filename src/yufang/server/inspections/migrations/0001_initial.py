import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from yufang.server.tenancy import give_permissions, tenant_policy

# who plans, who carries out, who orders, beside what the role has
MAY = {
    "supervisor": ["inspections.plan", "inspections.do", "inspections.order"],
    "safety_manager": ["inspections.plan", "inspections.do"],
    "team_leader": ["inspections.do"],
}


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("deduction", "0002_verification"),
        ("profiles", "0002_living_profiles"),
    ]

    operations = [
        migrations.CreateModel(
            name="Choice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("week", models.DateField()),
                ("number", models.IntegerField()),
                ("capacity", models.IntegerField()),
                ("seed", models.CharField(max_length=160)),
                ("explore_share", models.FloatField()),
                ("considered", models.IntegerField()),
                ("rules", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "made_by",
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
            name="ChosenPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("position", models.IntegerField()),
                ("day", models.DateField()),
                ("explore", models.BooleanField()),
                ("propensity", models.FloatField()),
                ("priority", models.FloatField()),
                ("reasons", models.JSONField()),
                (
                    "choice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="places", to="inspections.choice"
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
            name="Item",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("position", models.IntegerField()),
                ("key", models.CharField(max_length=200)),
                (
                    "sources",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), size=None),
                ),
                ("title_zh", models.TextField()),
                ("title_en", models.TextField()),
                ("check_zh", models.TextField()),
                ("check_en", models.TextField()),
                ("clause", models.TextField(default="")),
                ("reasons", models.JSONField()),
                ("worth", models.FloatField()),
                ("probability", models.FloatField(null=True)),
                ("minutes", models.IntegerField()),
                (
                    "steps",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=12), default=list, size=None
                    ),
                ),
                ("explore", models.BooleanField(default=False)),
                ("propensity", models.FloatField(default=1.0)),
                (
                    "warning_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("hazard_id", models.BigIntegerField(null=True)),
                ("paper_kind", models.CharField(default="", max_length=12)),
                ("paper_code", models.CharField(default="", max_length=20)),
                ("paper_holder", models.CharField(default="", max_length=80)),
                ("judged", models.CharField(default="", max_length=16)),
                ("chance", models.FloatField()),
                ("equipment_key", models.CharField(default="", max_length=120)),
                (
                    "point",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="deduction.hazardpoint",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "result",
                    models.CharField(
                        choices=[("ok", "Ok"), ("finding", "Finding"), ("not_applicable", "Not Applicable")],
                        max_length=16,
                    ),
                ),
                ("note", models.TextField()),
                ("paper_date", models.DateField(null=True)),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("said_at", models.DateTimeField(null=True)),
                ("client_id", models.UUIDField()),
                ("hazard_id", models.BigIntegerField(null=True)),
                ("body_hash", models.CharField(max_length=64)),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.organisation"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="answers", to="inspections.item"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("issuer_name", models.CharField(max_length=200)),
                ("year", models.IntegerField()),
                ("number", models.IntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("issued", "Issued"), ("closed", "Closed"), ("withdrawn", "Withdrawn")],
                        default="issued",
                        max_length=10,
                    ),
                ),
                ("basis", models.TextField()),
                ("deadline", models.DateField()),
                ("client_id", models.UUIDField()),
                ("body_hash", models.CharField(max_length=64)),
                ("issued_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("closed_at", models.DateTimeField(null=True)),
                ("next_look_at", models.DateTimeField(db_index=True, null=True)),
                ("told", models.IntegerField(default=0)),
                ("ledger_index", models.BigIntegerField()),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "issued_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "issuer",
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
            name="OrderItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("position", models.IntegerField()),
                ("hazard_id", models.BigIntegerField(db_index=True)),
                ("requirement", models.TextField()),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="inspections.order"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OrderStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("action", models.CharField(max_length=12)),
                ("note", models.TextField(default="")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("ledger_index", models.BigIntegerField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="steps", to="inspections.order"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Paper",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                (
                    "kind",
                    models.CharField(
                        choices=[("equipment", "Equipment"), ("certificate", "Certificate")], max_length=12
                    ),
                ),
                ("code", models.CharField(max_length=20)),
                ("equipment_key", models.CharField(default="", max_length=120)),
                ("holder", models.CharField(default="", max_length=80)),
                ("done_on", models.DateField()),
                ("valid_until", models.DateField(null=True)),
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
            name="Photo",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("client_id", models.UUIDField()),
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
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photos",
                        to="inspections.answer",
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="photos", to="inspections.item"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Placing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("name_zh", models.CharField(max_length=200)),
                ("area_id", models.BigIntegerField()),
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
            name="Plan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("day", models.DateField()),
                ("side", models.CharField(choices=[("own", "Own"), ("regulator", "Regulator")], max_length=10)),
                ("number", models.IntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("done", "Done"), ("dropped", "Dropped")],
                        default="open",
                        max_length=8,
                    ),
                ),
                ("minutes", models.IntegerField()),
                ("used", models.IntegerField()),
                ("opening", models.IntegerField()),
                ("metres", models.FloatField(null=True)),
                ("expected", models.FloatField()),
                ("left_out", models.JSONField(default=list)),
                ("rules", models.CharField(max_length=64)),
                ("seed", models.CharField(max_length=160)),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("closed_at", models.DateTimeField(null=True)),
                ("ledger_index", models.BigIntegerField()),
                ("synthetic", models.BooleanField(default=False)),
                (
                    "closed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.person"
                    ),
                ),
                (
                    "made_by",
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
        migrations.AddField(
            model_name="order",
            name="plan",
            field=models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="inspections.plan"
            ),
        ),
        migrations.AddField(
            model_name="item",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="inspections.plan"
            ),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="retraction", to="inspections.answer"
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
            name="Stop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(db_collation="C", db_index=True, editable=False, max_length=120)),
                ("position", models.IntegerField()),
                ("name_zh", models.TextField()),
                ("name_en", models.TextField()),
                ("area_id", models.BigIntegerField(null=True)),
                ("placed", models.CharField(default="", max_length=8)),
                ("reach", models.IntegerField()),
                ("also", models.JSONField(default=list)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="stops", to="inspections.plan"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="item",
            name="stop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="items", to="inspections.stop"
            ),
        ),
        migrations.AddConstraint(
            model_name="choice",
            constraint=models.UniqueConstraint(fields=("organisation", "week", "number"), name="choice_once"),
        ),
        migrations.AddConstraint(
            model_name="chosenplace",
            constraint=models.UniqueConstraint(fields=("choice", "organisation"), name="chosen_once"),
        ),
        migrations.AddConstraint(
            model_name="answer",
            constraint=models.UniqueConstraint(fields=("by", "client_id"), name="inspection_answer_once"),
        ),
        migrations.AddConstraint(
            model_name="orderitem",
            constraint=models.UniqueConstraint(fields=("order", "position"), name="order_item_position"),
        ),
        migrations.AddConstraint(
            model_name="orderitem",
            constraint=models.UniqueConstraint(fields=("order", "hazard_id"), name="order_item_hazard"),
        ),
        migrations.AddConstraint(
            model_name="paper",
            constraint=models.UniqueConstraint(
                fields=("organisation", "kind", "code", "equipment_key", "holder", "done_on"), name="paper_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="photo",
            constraint=models.UniqueConstraint(fields=("by", "client_id"), name="inspection_photo_once"),
        ),
        migrations.AddConstraint(
            model_name="placing",
            constraint=models.UniqueConstraint(fields=("organisation", "name_zh"), name="placing_once"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["-day", "-id"], name="plan_order"),
        ),
        migrations.AddConstraint(
            model_name="plan",
            constraint=models.UniqueConstraint(fields=("organisation", "day", "side", "number"), name="plan_once"),
        ),
        migrations.AddIndex(
            model_name="order",
            index=models.Index(fields=["-issued_at", "-id"], name="order_order"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("client_id",), name="order_once"),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.UniqueConstraint(fields=("issuer", "year", "number"), name="order_number"),
        ),
        migrations.AddConstraint(
            model_name="stop",
            constraint=models.UniqueConstraint(fields=("plan", "position"), name="stop_position"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(fields=("plan", "position"), name="item_position"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(fields=("plan", "key"), name="item_key"),
        ),
        tenant_policy("inspections_plan"),
        tenant_policy("inspections_stop"),
        tenant_policy("inspections_item"),
        tenant_policy("inspections_answer"),
        tenant_policy("inspections_retraction"),
        tenant_policy("inspections_photo"),
        tenant_policy("inspections_placing"),
        tenant_policy("inspections_paper"),
        tenant_policy("inspections_choice"),
        tenant_policy("inspections_chosenplace"),
        tenant_policy("inspections_order"),
        tenant_policy("inspections_orderitem"),
        tenant_policy("inspections_orderstep"),
        give_permissions(MAY),
    ]

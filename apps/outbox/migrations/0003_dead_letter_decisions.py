"""What people decide about dead letters; and each lane counts what it has delivered."""

import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("outbox", "0002_fences"),
    ]

    operations = [
        migrations.AddField(
            model_name="lane",
            name="applied",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.AddField(
            model_name="lane",
            name="coalesced",
            field=models.BigIntegerField(db_default=0),
        ),
        migrations.CreateModel(
            name="Decision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "action",
                    models.TextField(choices=[("replay", "Replay"), ("discard", "Discard")]),
                ),
                (
                    "decided_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("decided_by", models.TextField()),
                ("reason", models.TextField(blank=True)),
                ("destination", models.TextField()),
                ("topic", models.TextField()),
                ("key", models.TextField()),
                ("error_class", models.TextField()),
                ("error", models.TextField(blank=True)),
                ("parked_through", models.BigIntegerField()),
                ("fence", models.BigIntegerField()),
                ("superseded_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "db_table": "outbox_decision",
                "indexes": [
                    models.Index(
                        condition=models.Q(("action", "discard"), ("superseded_at", None)),
                        fields=["destination", "topic", "key"],
                        name="outbox_decision_standing",
                    )
                ],
            },
        ),
    ]

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Departure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("member_id", models.BigIntegerField()),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("due_at", models.DateTimeField()),
                ("attempts", models.SmallIntegerField(default=0)),
                ("erased_at", models.DateTimeField(blank=True, null=True)),
                ("receipted_at", models.DateTimeField(blank=True, null=True)),
                ("removed", models.JSONField(blank=True, default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("receipted_at__isnull", True)),
                        fields=["due_at"],
                        name="departure_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("member_id",), name="departure_member_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Export",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                (
                    "asked_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                ("attempts", models.SmallIntegerField(default=0)),
                ("file", models.CharField(blank=True, default="", max_length=60)),
                ("expires_at", models.DateTimeField(blank=True, null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("file", "")), fields=("user",), name="export_one_waits"
                    )
                ],
            },
        ),
    ]

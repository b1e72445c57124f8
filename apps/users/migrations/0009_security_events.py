import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0008_visibility"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signed_in", "Signed In"),
                            ("sign_in_failed", "Sign In Failed"),
                            ("signed_out", "Signed Out"),
                            ("session_ended", "Session Ended"),
                            ("token_reused", "Token Reused"),
                            ("password_changed", "Password Changed"),
                            ("password_reset", "Password Reset"),
                            ("address_added", "Address Added"),
                            ("address_changed", "Address Changed"),
                            ("address_removed", "Address Removed"),
                            ("factor_added", "Factor Added"),
                            ("factor_removed", "Factor Removed"),
                            ("factor_failed", "Factor Failed"),
                            ("recovery_codes_made", "Recovery Codes Made"),
                            ("identity_linked", "Identity Linked"),
                            ("identity_unlinked", "Identity Unlinked"),
                            ("export_asked", "Export Asked"),
                            ("left", "Left"),
                            ("operator_acted", "Operator Acted"),
                        ],
                        max_length=20,
                    ),
                ),
                ("detail", models.CharField(blank=True, default="", max_length=60)),
                ("network", models.CharField(blank=True, default="", max_length=43)),
                ("user_agent", models.CharField(blank=True, default="", max_length=120)),
                (
                    "at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), db_index=True
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="security_events",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["user", "-id"], name="security_event_page"),
                    models.Index(
                        condition=models.Q(("kind__in", ["signed_in", "password_reset"])),
                        fields=["user", "network"],
                        name="security_event_known",
                    ),
                ],
            },
        ),
    ]

from django.db import migrations, models
from django.db.models import Q

CHOICES = [("public", "Public"), ("followers", "Followers"), ("private", "Private")]


class Migration(migrations.Migration):
    """Three levels in place of two: what was private was open to followers."""

    dependencies = [
        ("users", "0007_avatar"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="visibility",
            field=models.CharField(
                choices=CHOICES, db_default="public", default="public", max_length=9
            ),
        ),
        migrations.RunSQL(
            "UPDATE users_user SET visibility = 'followers' WHERE is_private",
            "UPDATE users_user SET is_private = true WHERE visibility <> 'public'",
        ),
        migrations.RemoveField(model_name="user", name="is_private"),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(visibility__in=["public", "followers", "private"]),
                name="user_visibility_known",
            ),
        ),
    ]

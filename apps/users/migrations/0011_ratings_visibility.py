from django.db import migrations, models
from django.db.models import Q

LEVELS = ["public", "followers", "private"]


class Migration(migrations.Migration):
    dependencies = [
        ("users", "0010_mute"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="ratings_visibility",
            field=models.CharField(
                choices=[(level, level.capitalize()) for level in LEVELS],
                db_default="public",
                default="public",
                max_length=9,
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=Q(ratings_visibility__in=LEVELS), name="user_ratings_visibility_known"
            ),
        ),
    ]

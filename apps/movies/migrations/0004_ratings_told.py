from django.db import migrations, models
from django.db.models import Case, When


class Migration(migrations.Migration):
    """Fewer than three ratings are not told, neither as a number nor through an order."""

    dependencies = [
        ("movies", "0003_rating_learn"),
    ]

    operations = [
        migrations.AddField(
            model_name="moviestatistics",
            name="told",
            field=models.GeneratedField(
                expression=Case(When(ratings__gte=3, then="ratings"), default=0),
                output_field=models.IntegerField(),
                db_persist=True,
            ),
        ),
        migrations.AddIndex(
            model_name="moviestatistics",
            index=models.Index(fields=["-told", "-movie"], name="statistics_by_told"),
        ),
        migrations.RunSQL(
            "UPDATE movies_moviestatistics SET score = 3.3 WHERE ratings BETWEEN 1 AND 2",
            migrations.RunSQL.noop,
        ),
    ]

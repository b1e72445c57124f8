"""What a generation was made with: the embedding model of a generation of vectors."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("outbox", "0003_dead_letter_decisions")]
    operations = [
        migrations.AddField(
            model_name="generation",
            name="made_with",
            field=models.JSONField(blank=True, default=dict),
        )
    ]

"""What the vectors keep in Postgres: the factors of films that trainings have learned."""

from django.db import models
from django.db.models.functions import Now


class Training(models.Model):
    """A run that learned factors from the ratings.

    `factors` is what `apps.vectors.factors` packs. It is empty, and `rank` 0, for a training that
    was refused, and once no generation holds it any more.
    """

    class Verdict(models.TextChoices):
        """`withdrawn` is what an operator went back from."""

        ACCEPTED = "accepted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"

    id = models.BigAutoField(primary_key=True)
    created_at = models.DateTimeField(db_default=Now())
    verdict = models.TextField(choices=Verdict.choices)
    learned_from = models.JSONField()
    figures = models.JSONField()
    seconds = models.FloatField()
    rank = models.IntegerField(default=0)
    factors = models.BinaryField(default=b"")

    class Meta:
        db_table = "vectors_training"

    def __str__(self) -> str:
        return f"training {self.pk} ({self.verdict})"

"""What members say of recommendations."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Dismissal(models.Model):
    """A member does not want to be shown a film."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        "users.User", models.CASCADE, related_name="dismissals", db_index=False
    )
    movie = models.ForeignKey("movies.Movie", models.CASCADE, related_name="dismissals")
    dismissed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "movie"], name="dismissal_pair_unique")
        ]
        indexes: ClassVar = [
            models.Index(fields=["user", "-dismissed_at", "-id"], name="dismissal_page")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} does not want {self.movie_id}"

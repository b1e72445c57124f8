"""What people say of films."""

from typing import ClassVar

from django.db import models
from django.db.models import Case, Q, When
from django.db.models.functions import Now

from apps.movies.models.catalogue import Movie

LIKE = 8
"""Half stars from which a rating is a like: 4 stars."""

DISLIKE = 4
"""Half stars up to which a rating is a dislike: 2 stars."""


LEAST_TOLD = 3
"""Ratings of a film from which on their number and mean are told."""


class Rating(models.Model):
    """What a member thinks of a film, in half stars from 1 to 10.

    `rated_at` is when they first said so; a changed opinion moves `changed_at` alone. Without
    `learn` nobody's recommendations, the member's own included, are drawn from it.
    """

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey("users.User", models.CASCADE, related_name="ratings", db_index=False)
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="ratings", db_index=False)
    half_stars = models.SmallIntegerField()
    learn = models.BooleanField(default=True, db_default=True)
    rated_at = models.DateTimeField(db_default=Now())
    changed_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "movie"], name="rating_pair_unique", include=["half_stars"]
            ),
            models.CheckConstraint(
                condition=Q(half_stars__range=(1, 10)), name="rating_half_stars_1_to_10"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["movie", "user"], name="rating_of_movie", include=["half_stars"]),
            models.Index(fields=["user", "-rated_at", "-id"], name="rating_of_user_page"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} gives {self.movie_id} {self.stars}"

    @property
    def stars(self) -> float:
        """Half stars as stars, 0.5 to 5."""
        return self.half_stars / 2


class MovieStatistics(models.Model):
    """How a film is rated: a projection of ratings, kept by the destination `recommendations`.

    `score` is the mean in stars, damped towards the mean of all films; `told` is how many ratings
    anybody may hear of. From fewer than `LEAST_TOLD` one could tell what a single member thinks,
    whoever may see their ratings: `told` and `score` are then as if there were none.
    """

    movie = models.OneToOneField(
        Movie, models.CASCADE, primary_key=True, related_name="statistics", db_constraint=False
    )
    ratings = models.IntegerField(default=0)
    told = models.GeneratedField(
        expression=Case(When(ratings__gte=LEAST_TOLD, then="ratings"), default=0),
        output_field=models.IntegerField(),
        db_persist=True,
    )
    half_stars_sum = models.BigIntegerField(default=0)
    score = models.FloatField(default=0.0)
    fence = models.BigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["-score", "-movie"], name="statistics_by_score"),
            models.Index(fields=["-ratings", "-movie"], name="statistics_by_ratings"),
            models.Index(fields=["-told", "-movie"], name="statistics_by_told"),
        ]

    def __str__(self) -> str:
        return f"{self.movie_id}: {self.ratings} ratings"

    @property
    def mean_stars(self) -> float | None:
        """The plain mean in stars; None when it may not be told."""
        return self.half_stars_sum / 2 / self.told if self.told else None

"""What members were shown, and what they say of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
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


class ShownSlate(models.Model):
    """What a member was shown in one answer: [movie id, {source: share}] in order of place."""

    id = models.UUIDField(primary_key=True)
    user = models.ForeignKey(
        "users.User", models.CASCADE, related_name="shown_slates", db_index=False
    )
    films = models.JSONField()
    shown_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "-shown_at"], name="shown_slate_of_user"),
            models.Index(fields=["shown_at"], name="shown_slate_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.id} for {self.user_id}"


class Reaction(models.Model):
    """What a member did about a film of a slate."""

    class Kind(models.TextChoices):
        """What they did."""

        CLICK = "click"
        DISMISSAL = "dismissal"
        RATING = "rating"

    id = models.BigAutoField(primary_key=True)
    slate = models.ForeignKey(ShownSlate, models.CASCADE, related_name="reactions", db_index=False)
    movie = models.ForeignKey("movies.Movie", models.CASCADE, related_name="reactions")
    kind = models.CharField(max_length=9, choices=Kind.choices)
    reacted_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slate", "movie", "kind"], name="reaction_unique"),
            models.CheckConstraint(
                condition=Q(kind__in=["click", "dismissal", "rating"]), name="reaction_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.movie_id} in {self.slate_id}"


class OnboardingPick(models.Model):
    """A film that a member said they like, or do not like, before they rated anything."""

    id = models.BigAutoField(primary_key=True)
    user = models.ForeignKey(
        "users.User", models.CASCADE, related_name="onboarding_picks", db_index=False
    )
    movie = models.ForeignKey("movies.Movie", models.CASCADE, related_name="onboarding_picks")
    liked = models.BooleanField()
    picked_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "movie"], name="onboarding_pick_pair_unique")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {'likes' if self.liked else 'does not like'} {self.movie_id}"

"""Films, the people who made them, genres and tags."""

from typing import ClassVar

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

FIRST_YEAR = 1870
LAST_YEAR = 2100


class Genre(models.Model):
    """One of MovieLens' genres, or one that an operator added."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=40)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint("name", name="genre_name_unique")]

    def __str__(self) -> str:
        return self.name


class Person(models.Model):
    """Someone who acted in or directed films, as one source knows them. Names are not unique."""

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=200)
    source = models.CharField(max_length=20, default="local")
    source_key = models.CharField(max_length=200)
    search_name = models.GeneratedField(
        expression=models.Func("name", function="cinemesh_plain", output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint("source", "source_key", name="person_source_unique"),
            models.CheckConstraint(condition=~Q(name=""), name="person_has_name"),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search_name"], name="person_name_trgm", opclasses=["gin_trgm_ops"])
        ]

    def __str__(self) -> str:
        return self.name


class Movie(models.Model):
    """A film. Ids of the sample are the sample's; new films get ids above them."""

    id = models.BigAutoField(primary_key=True)
    title = models.CharField(max_length=300)
    year = models.SmallIntegerField(null=True, blank=True)
    origin = models.CharField(max_length=40, blank=True, default="", db_default="")
    plot = models.TextField(blank=True, default="", db_default="")
    plot_source = models.CharField(max_length=20, blank=True, default="", db_default="")
    source_url = models.URLField(max_length=500, blank=True, default="", db_default="")
    imdb_id = models.CharField(max_length=12, blank=True, default="", db_default="")
    tmdb_id = models.BigIntegerField(null=True, blank=True)
    search_title = models.GeneratedField(
        expression=models.Func("title", function="cinemesh_plain", output_field=models.TextField()),
        output_field=models.TextField(),
        db_persist=True,
    )
    genres = models.ManyToManyField(Genre, through="MovieGenre", related_name="movies")
    people = models.ManyToManyField(Person, through="Credit", related_name="movies")
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title=""), name="movie_has_title"),
            models.CheckConstraint(
                condition=Q(year__isnull=True) | Q(year__range=(FIRST_YEAR, LAST_YEAR)),
                name="movie_year_plausible",
            ),
            models.UniqueConstraint(
                fields=["imdb_id"], condition=~Q(imdb_id=""), name="movie_imdb_unique"
            ),
        ]
        indexes: ClassVar = [
            GinIndex(fields=["search_title"], name="movie_title_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(fields=["year", "id"], name="movie_year_page"),
            models.Index(fields=["origin", "id"], name="movie_origin_page"),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.year})" if self.year else self.title


class MovieGenre(models.Model):
    """A film belongs to a genre."""

    id = models.BigAutoField(primary_key=True)
    movie = models.ForeignKey(Movie, models.CASCADE, db_index=False)
    genre = models.ForeignKey(Genre, models.PROTECT, db_index=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["movie", "genre"], name="movie_genre_unique")
        ]
        indexes: ClassVar = [models.Index(fields=["genre", "movie"], name="movie_genre_movies")]

    def __str__(self) -> str:
        return f"{self.movie_id} is {self.genre_id}"


class Credit(models.Model):
    """A person's part in a film; `position` is the order in the source, from 0."""

    class Role(models.TextChoices):
        """What someone did."""

        ACTOR = "actor"
        DIRECTOR = "director"

    id = models.BigAutoField(primary_key=True)
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="credits", db_index=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="credits")
    role = models.CharField(max_length=8, choices=Role.choices)
    position = models.SmallIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["movie", "role", "person"], name="credit_unique"),
            models.CheckConstraint(
                condition=Q(role__in=["actor", "director"]), name="credit_role_known"
            ),
            models.CheckConstraint(condition=Q(position__gte=0), name="credit_position_from_0"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.role} in {self.movie_id}"


class MovieTag(models.Model):
    """A member put a tag on a film. Tags are in lower case, with single spaces."""

    id = models.BigAutoField(primary_key=True)
    movie = models.ForeignKey(Movie, models.CASCADE, related_name="tags", db_index=False)
    user = models.ForeignKey("users.User", models.CASCADE, related_name="movie_tags")
    tag = models.CharField(max_length=100)
    tagged_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["movie", "tag", "user"], name="movie_tag_unique"),
            models.CheckConstraint(condition=~Q(tag=""), name="movie_tag_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.movie_id}: {self.tag}"

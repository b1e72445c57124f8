"""Films, people and ratings whole, as the one builder of each stored object reads them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.movies.models import DISLIKE, LIKE, Credit, Movie, MovieGenre, MovieTag, Person, Rating

RatingKey = tuple[int, int]

RATINGS = """
SELECT rating.user_id, rating.movie_id, rating.half_stars, rating.rated_at, rating.learn
FROM unnest(%s::bigint[], %s::bigint[]) AS wanted (user_id, movie_id)
JOIN movies_rating AS rating USING (user_id, movie_id)
JOIN users_user AS member ON member.id = rating.user_id AND member.is_active
"""

NEWEST_RATINGS = """
SELECT rating.user_id, rating.movie_id, rating.half_stars, rating.rated_at
FROM unnest(%s::bigint[]) AS wanted (user_id)
CROSS JOIN LATERAL (
    SELECT * FROM movies_rating AS inner_rating
    WHERE inner_rating.user_id = wanted.user_id AND inner_rating.learn
    ORDER BY inner_rating.rated_at DESC, inner_rating.id DESC LIMIT %s
) AS rating
"""


@dataclass(frozen=True)
class FilmCredit:
    """A person's part in a film."""

    person_id: int
    name: str
    role: str
    position: int


@dataclass(frozen=True)
class Film:
    """A film whole, as one builder needs it: what belongs to it is in it."""

    id: int
    title: str
    year: int | None
    origin: str
    plot: str
    genres: tuple[str, ...]
    tags: tuple[str, ...]
    credits: tuple[FilmCredit, ...]

    def names(self, role: str) -> list[str]:
        """The names of those with this role, in order."""
        return [credit.name for credit in self.credits if credit.role == role]


@dataclass(frozen=True)
class PersonName:
    """A person as the graph holds them."""

    id: int
    name: str


@dataclass(frozen=True)
class RatingFact:
    """A rating as the stores need it."""

    user_id: int
    movie_id: int
    half_stars: int
    rated_at: datetime
    learn: bool = True

    @property
    def stars(self) -> float:
        """0.5 to 5."""
        return self.half_stars / 2

    @property
    def is_like(self) -> bool:
        """4 stars and more, and to be learned from."""
        return self.learn and self.half_stars >= LIKE

    @property
    def is_dislike(self) -> bool:
        """2 stars and fewer."""
        return self.half_stars <= DISLIKE


def films(movie_ids: Iterable[int]) -> dict[int, Film]:
    """Those of these films that exist. Genres are sorted; tags come most used first."""
    ids = list(set(movie_ids))
    genres: dict[int, list[str]] = defaultdict(list)
    for movie_id, name in (
        MovieGenre.objects.filter(movie__in=ids)
        .order_by("genre__name")
        .values_list("movie_id", "genre__name")
    ):
        genres[movie_id].append(name)
    tags, credits_of = _tags(ids), _credits(ids)
    rows = Movie.objects.filter(pk__in=ids).values_list("id", "title", "year", "origin", "plot")
    return {
        row[0]: Film(*row, tuple(genres[row[0]]), tuple(tags[row[0]]), tuple(credits_of[row[0]]))
        for row in rows
    }


def people(person_ids: Iterable[int]) -> dict[int, PersonName]:
    """Those of these people who exist."""
    rows = Person.objects.filter(pk__in=list(person_ids)).values_list("id", "name")
    return {row[0]: PersonName(*row) for row in rows}


def ratings_of(keys: Iterable[RatingKey]) -> dict[RatingKey, RatingFact]:
    """Those of these (user, movie) ratings that exist, by active members."""
    wanted = set(keys)
    users, movies = [user_id for user_id, _ in wanted], [movie_id for _, movie_id in wanted]
    with connection.cursor() as cursor:
        cursor.execute(RATINGS, [users, movies])
        return {row[:2]: RatingFact(*row) for row in cursor.fetchall()}


def newest_ratings(user_ids: Sequence[int], *, limit: int) -> dict[int, list[RatingFact]]:
    """The newest ratings of each of these members that are to be learned from, newest first.

    At most `limit` each.
    """
    found: dict[int, list[RatingFact]] = {user_id: [] for user_id in user_ids}
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_RATINGS, [list(found), limit])
        for row in cursor.fetchall():
            found[row[0]].append(RatingFact(*row))
    for ratings in found.values():
        ratings.sort(key=lambda rating: (rating.rated_at, rating.movie_id), reverse=True)
    return found


def raters_of(movie_ids: Iterable[int]) -> list[int]:
    """Everyone who rated one of these films."""
    rows = Rating.objects.filter(movie__in=list(movie_ids)).values_list("user_id", flat=True)
    return list(rows.distinct())


def existing_movies(movie_ids: Iterable[int]) -> set[int]:
    """Those of these ids that name a film."""
    return set(Movie.objects.filter(pk__in=list(movie_ids)).values_list("id", flat=True))


def _tags(ids: Sequence[int]) -> dict[int, list[str]]:
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for movie_id, tag in MovieTag.objects.filter(movie__in=ids).values_list("movie_id", "tag"):
        counts[movie_id][tag] += 1
    return defaultdict(
        list,
        {
            movie_id: sorted(tags, key=lambda tag: (-tags[tag], tag))
            for movie_id, tags in counts.items()
        },
    )


def _credits(ids: Sequence[int]) -> dict[int, list[FilmCredit]]:
    found: dict[int, list[FilmCredit]] = defaultdict(list)
    rows = (
        Credit.objects.filter(movie__in=ids)
        .order_by("movie_id", "role", "position")
        .values_list("movie_id", "person_id", "person__name", "role", "position")
    )
    for movie_id, person_id, name, role, position in rows:
        found[movie_id].append(FilmCredit(person_id, name, role, position))
    return found

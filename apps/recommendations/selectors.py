"""What recommendations read from Postgres: opinions, films that may be shown, members to name."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    CharField,
    DateTimeField,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce

from apps.movies.models import LIKE, Credit, Movie, MovieGenre, MovieStatistics, Rating
from apps.recommendations.models import Dismissal
from apps.recommendations.sources.popular import LEAST_RATINGS
from apps.recommendations.types import Known, ListedFilm, Query
from apps.users.models import Follow, User
from apps.users.selectors import unmuted, visible_opinions
from apps.vectors.filters import FilmFilter

POPULAR = 100
LIKED_BY_FOLLOWING = 10_000

OPINIONS = """
WITH last AS (
    SELECT id, films, row_number() OVER (ORDER BY shown_at DESC) - 1 AS ago
    FROM recommendations_shownslate WHERE user_id = %(viewer_id)s
    ORDER BY shown_at DESC LIMIT 3
)
SELECT CASE WHEN learn THEN 'rated' ELSE 'seen' END AS kind, movie_id, half_stars AS number,
    changed_at AS at, id
FROM movies_rating WHERE user_id = %(viewer_id)s
UNION ALL
SELECT 'picked', movie_id, CASE WHEN liked THEN 8 ELSE 4 END, picked_at, id
FROM recommendations_onboardingpick WHERE user_id = %(viewer_id)s
UNION ALL
SELECT 'dismissed', movie_id, 0, dismissed_at, id
FROM recommendations_dismissal WHERE user_id = %(viewer_id)s
UNION ALL
SELECT 'shown', (film ->> 0)::bigint, last.ago, NULL, 0
FROM last CROSS JOIN LATERAL jsonb_array_elements(last.films) AS film
WHERE NOT EXISTS (
    SELECT 1 FROM recommendations_reaction AS reaction
    WHERE reaction.slate_id = last.id AND reaction.movie_id = (film ->> 0)::bigint)
ORDER BY at DESC NULLS LAST, id DESC, number DESC
"""


def query_of(viewer_id: int) -> Query:
    """What a member has rated, must not be shown, and was shown lately. One query."""
    with connection.cursor() as cursor:
        cursor.execute(OPINIONS, {"viewer_id": viewer_id})
        rows = cursor.fetchall()
    of_kind: dict[str, dict[int, int]] = defaultdict(dict)
    for kind, movie_id, number, *_ in rows:
        of_kind[kind][movie_id] = number
    rated, seen = of_kind["rated"], of_kind["seen"]
    picked = {pk: mark for pk, mark in of_kind["picked"].items() if pk not in {*rated, *seen}}
    return Query(
        viewer_id,
        ratings=(*rated.items(), *picked.items()),
        unwanted=frozenset({*rated, *seen, *picked, *of_kind["dismissed"]}),
        refused=frozenset(pk for pk, mark in picked.items() if mark < LIKE),
        shown=of_kind["shown"],
    )


def dismissed_by(viewer_id: int) -> frozenset[int]:
    """The films that a member has dismissed."""
    rows = Dismissal.objects.filter(user=viewer_id)
    return frozenset(rows.values_list("movie_id", flat=True))


def dismissals_page(user_id: int, *, after: Sequence[Any] | None, limit: int) -> list[Dismissal]:
    """What a member has dismissed, newest first, one more than `limit`."""
    rows = Dismissal.objects.filter(user=user_id).select_related("movie")
    if after:
        at, pk = after
        rows = rows.filter(Q(dismissed_at__lt=at) | Q(dismissed_at=at, pk__lt=pk))
    return list(rows.order_by("-dismissed_at", "-pk")[: limit + 1])


def among_or_popular(movie_ids: Collection[int], *, without: Collection[int]) -> Q:
    """These films, and beside them the most popular except `without`."""
    popular = MovieStatistics.objects.filter(ratings__gte=LEAST_RATINGS).exclude(movie__in=without)
    best = popular.order_by("-score", "-movie").values("movie")[:POPULAR]
    return Q(pk__in=movie_ids) | Q(pk__in=best)


def among(movie_ids: Collection[int], filters: FilmFilter, besides: Collection[int]) -> Q:
    """Those of these films that pass the filters as Postgres has them now, and some `besides`."""
    wanted = Q(pk__in=movie_ids)
    for genre in filters.genres:
        wanted &= Q(Exists(MovieGenre.objects.filter(movie=OuterRef("pk"), genre__name=genre)))
    if filters.person is not None:
        wanted &= Q(Exists(Credit.objects.filter(movie=OuterRef("pk"), person=filters.person)))
    if filters.year_min is not None:
        wanted &= Q(year__gte=filters.year_min)
    if filters.year_max is not None:
        wanted &= Q(year__lte=filters.year_max)
    if filters.origin:
        wanted &= Q(origin=filters.origin)
    if filters.only_ids is not None:
        wanted &= Q(pk__in=filters.only_ids & set(movie_ids))
    return wanted & ~Q(pk__in=filters.without_ids) | Q(pk__in=besides)


def liked_by_following(viewer_id: int) -> frozenset[int]:
    """The films, newest opinion first and at most `LIKED_BY_FOLLOWING`, that the followed like."""
    followed = Follow.objects.filter(follower=viewer_id, state=Follow.State.ACCEPTED).values(
        "followee"
    )
    rows = Rating.objects.filter(
        visible_opinions(viewer_id, "ratings"),
        unmuted(viewer_id, user="user"),
        user__in=followed,
        user__used_for_others=True,
        half_stars__gte=LIKE,
        learn=True,
    ).order_by("-rated_at", "-pk")
    return frozenset(rows.values_list("movie_id", flat=True)[:LIKED_BY_FOLLOWING])


def known(wanted: Q, user_ids: Collection[int], viewer_id: int | None) -> Known:
    """The films that `wanted` selects, and those of these members who may be named. One query.

    They may be named for what they like: the viewer may see their ratings and has not muted them,
    and they are to be used for others.
    """
    rows = _films(wanted, viewer_id)
    if user_ids:
        rows = rows.union(_members(user_ids, viewer_id), all=True)
    movies: dict[int, ListedFilm] = {}
    usernames: dict[int, str] = {}
    followed: set[int] = set()
    for kind, *row in rows:
        if kind == "film":
            movies[row[0]] = ListedFilm(*row)
            continue
        usernames[row[0]] = row[1]
        if row[2]:
            followed.add(row[0])
    return Known(movies, usernames, frozenset(followed))


def is_released(movie: ListedFilm) -> bool:
    """Whether a film is out; one without a year is taken to be."""
    return movie.year is None or movie.year <= datetime.now(UTC).year


def _films(wanted: Q, viewer_id: int | None) -> Any:
    """The fields of `ListedFilm`, in their order, after the kind of row."""
    genres = MovieGenre.objects.filter(movie=OuterRef("pk")).order_by("genre__name")
    mine = Rating.objects.filter(movie=OuterRef("pk"), user=viewer_id).values("half_stars")
    return (
        Movie.objects.filter(wanted)
        .annotate(
            kind=Value("film"),
            genre_names=ArraySubquery(genres.values("genre__name")),
            mine=Subquery(mine[:1]),
            ratings_=Coalesce("statistics__ratings", 0),
            sum_=Coalesce("statistics__half_stars_sum", 0),
            score_=Coalesce("statistics__score", 0.0),
        )
        .values_list(
            "kind",
            "pk",
            "title",
            "year",
            "origin",
            "added_at",
            "genre_names",
            "mine",
            "ratings_",
            "sum_",
            "score_",
        )  # fmt: skip
    )


def _members(user_ids: Collection[int], viewer_id: int | None) -> Any:
    """Members as rows like those of films: the name as title, in `year` whether they are followed.

    So one query can bring both.
    """
    follows = Follow.objects.filter(
        follower=viewer_id, followee=OuterRef("pk"), state=Follow.State.ACCEPTED
    )
    nothing: Any = Value(None, output_field=IntegerField())
    nameable = visible_opinions(viewer_id, "ratings", user="pk") & unmuted(viewer_id)
    rows = User.objects.filter(nameable, pk__in=user_ids, used_for_others=True)
    return rows.annotate(
        kind=Value("member"),
        is_followed=Cast(Exists(follows), IntegerField()),
        origin=Value(""),
        at=Value(None, output_field=DateTimeField()),
        genres=Value(None, output_field=ArrayField(CharField())),
        mine=nothing,
        count=nothing,
        sum=nothing,
        score=nothing,
    ).values_list(
        "kind", "pk", "username", "is_followed", "origin", "at", "genres", "mine",
        "count", "sum", "score",
    )  # fmt: skip

"""What recommendations read from Postgres: opinions, films that may be shown, members to name."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import (
    CharField,
    DateTimeField,
    IntegerField,
    Q,
    Value,
)
from django.db.models.functions import Cast

from apps.common import prepared
from apps.common.compiled import Compiled, compiled, given, given_ids
from apps.movies.models import LIKE, Rating
from apps.recommendations.models import Dismissal
from apps.recommendations.sources.popular import LEAST_RATINGS
from apps.recommendations.types import Known, ListedFilm, Query
from apps.users.models import Follow, User
from apps.users.selectors import followed_by, tellable_opinions
from apps.vectors.filters import FilmFilter

LIKED_BY_FOLLOWING = 10_000

FOLLOWED = 300
"""Of those whom a member follows, the newest: more than the graph looks at."""

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
SELECT 'hidden', member.id, 0, NULL, 0 FROM ({unnameable}) AS member (id)
UNION ALL
SELECT 'shown', (film ->> 0)::bigint, last.ago, NULL, 0
FROM last CROSS JOIN LATERAL jsonb_array_elements(last.films) AS film
WHERE NOT EXISTS (
    SELECT 1 FROM recommendations_reaction AS reaction
    WHERE reaction.slate_id = last.id AND reaction.movie_id = (film ->> 0)::bigint)
ORDER BY at DESC NULLS LAST, id DESC, number DESC
"""

DISMISSED = """
SELECT movie_id FROM recommendations_dismissal WHERE user_id = %(viewer_id)s
"""

GIVEN = """
WITH wanted AS (
    SELECT unnest(%(movie_ids)s::bigint[]) AS id
    UNION
    (SELECT movie_id FROM movies_moviestatistics
    WHERE ratings >= %(least)s AND movie_id <> ALL(%(without_ids)s::bigint[])
    ORDER BY score DESC, movie_id DESC LIMIT %(popular)s)
)
"""

PASSING = """
WITH wanted AS (
    SELECT unnest(%(besides)s::bigint[]) AS id
    UNION
    SELECT movie.id FROM movies_movie AS movie
    WHERE movie.id = ANY(%(movie_ids)s::bigint[]) AND NOT EXISTS (
        SELECT 1 FROM recommendations_dismissal AS dismissal
        WHERE dismissal.movie_id = movie.id AND dismissal.user_id = %(viewer_id)s
    )
"""
CONDITIONS = {
    "without_ids": "movie.id <> ALL(%(without_ids)s::bigint[])",
    "only_ids": "movie.id = ANY(%(only_ids)s::bigint[])",
    "year_min": "movie.year >= %(year_min)s",
    "year_max": "movie.year <= %(year_max)s",
    "origin": "movie.origin = %(origin)s",
    "person": """EXISTS (
        SELECT 1 FROM movies_credit AS credit
        WHERE credit.movie_id = movie.id AND credit.person_id = %(person)s
    )""",
    "genres": """NOT EXISTS (
        SELECT 1 FROM unnest(%(genres)s::text[]) AS named WHERE NOT EXISTS (
            SELECT 1 FROM movies_moviegenre AS one
            JOIN movies_genre AS genre ON genre.id = one.genre_id
            WHERE one.movie_id = movie.id AND genre.name = named
        )
    )""",
}
"""What each filter that is set asks of a film."""

OUTDATED = """
UNION ALL
SELECT 'unliked', told.user_id, NULL, told.movie_id, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest(%(likers)s::bigint[], %(liked)s::bigint[]) AS told (user_id, movie_id)
WHERE NOT EXISTS (
    SELECT 1 FROM movies_rating AS rating
    WHERE rating.user_id = told.user_id AND rating.movie_id = told.movie_id
    AND rating.half_stars >= %(like)s AND rating.learn
)
UNION ALL
SELECT 'unfollowed', told.one, NULL, told.other, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM unnest(%(followers)s::bigint[], %(followed)s::bigint[]) AS told (one, other)
WHERE NOT EXISTS (
    SELECT 1 FROM users_follow AS follow
    WHERE follow.follower_id = told.one AND follow.followee_id = told.other
    AND follow.state = 'accepted'
)
"""
"""Pairs as rows like those of films, the second id in `year`: there are hardly ever any."""

FILMS = """
SELECT 'film', movie.id, movie.title, movie.year, movie.origin, movie.added_at,
    coalesce(named.genres, '{}'), mine.half_stars,
    coalesce(rated.ratings, 0), coalesce(rated.half_stars_sum, 0), coalesce(rated.score, 0)
FROM wanted JOIN movies_movie AS movie ON movie.id = wanted.id
LEFT JOIN (
    SELECT one.movie_id, array_agg(genre.name ORDER BY genre.name) AS genres
    FROM wanted JOIN movies_moviegenre AS one ON one.movie_id = wanted.id
    JOIN movies_genre AS genre ON genre.id = one.genre_id GROUP BY one.movie_id
) AS named ON named.movie_id = movie.id
LEFT JOIN movies_moviestatistics AS rated ON rated.movie_id = movie.id
LEFT JOIN movies_rating AS mine ON mine.movie_id = movie.id AND mine.user_id = %(viewer_id)s
"""


def query_of(viewer_id: int) -> Query:
    """What a member has rated, must not be shown, and was shown lately. One query."""
    rows = prepared.rows(_opinions(), {"viewer_id": viewer_id})
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
        hidden=frozenset(of_kind["hidden"]),
    )


def dismissed_by(viewer_id: int) -> frozenset[int]:
    """The films that a member has dismissed."""
    return frozenset(pk for (pk,) in prepared.rows(DISMISSED, {"viewer_id": viewer_id}))


def dismissals_page(user_id: int, *, after: Sequence[Any] | None, limit: int) -> list[Dismissal]:
    """What a member has dismissed, newest first, one more than `limit`."""
    rows = Dismissal.objects.filter(user=user_id).select_related("movie")
    if after:
        at, pk = after
        rows = rows.filter(Q(dismissed_at__lt=at) | Q(dismissed_at=at, pk__lt=pk))
    return list(rows.order_by("-dismissed_at", "-pk")[: limit + 1])


def liked_by_following(viewer_id: int) -> frozenset[int]:
    """The films, newest opinion first and at most `LIKED_BY_FOLLOWING`, that the followed like."""
    rows = Rating.objects.filter(
        tellable_opinions(viewer_id, "ratings"),
        followed_by(viewer_id, user="user"),
        half_stars__gte=LIKE,
        learn=True,
    ).order_by("-rated_at", "-pk")
    return frozenset(rows.values_list("movie_id", flat=True)[:LIKED_BY_FOLLOWING])


def known(
    viewer_id: int | None,
    movie_ids: Collection[int],
    *,
    likes: Collection[tuple[int, int]] = (),
    follows: Collection[tuple[int, int]] = (),
    popular: int = 0,
    unwanted: Collection[int] = (),
) -> Known:
    """Films as they are now, and what of the members who led to some may be told. One query.

    The films are these and so many of the most `popular`, without `unwanted` ones. `likes` are
    (member, film) and `follows` (follower, followed) as the graph has them: Postgres says which of
    them are so no more, and which members may be named for what they like.
    """
    members = {user_id for user_id, _ in likes} | {user_id for user_id, _ in follows}
    values = {
        "viewer_id": viewer_id,
        "movie_ids": list(movie_ids),
        "user_ids": list(members),
        "likers": [user_id for user_id, _ in likes],
        "liked": [movie_id for _, movie_id in likes],
        "like": LIKE,
        "followers": [follower_id for follower_id, _ in follows],
        "followed": [followed_id for _, followed_id in follows],
        "popular": popular,
        "least": LEAST_RATINGS,
        "without_ids": list(unwanted),
    }
    films = GIVEN + FILMS
    told = f"{films} UNION ALL ({_members(viewer_id is None).sql}) {OUTDATED}"
    of_kind: dict[str, list[list[Any]]] = defaultdict(list)
    for kind, *row in prepared.rows(told if members else films, values):
        of_kind[kind].append(row)
    return Known(
        movies={pk: ListedFilm(pk, *row) for pk, *row in of_kind["film"]},
        usernames={pk: username for pk, username, *_ in of_kind["member"]},
        followed=frozenset(pk for pk, _, is_followed, *_ in of_kind["member"] if is_followed),
        unliked=frozenset((pk, movie_id) for pk, _, movie_id, *_ in of_kind["unliked"]),
        unfollowed=frozenset((pk, other) for pk, _, other, *_ in of_kind["unfollowed"]),
    )


def passing(
    viewer_id: int | None,
    movie_ids: Collection[int],
    filters: FilmFilter,
    *,
    besides: Collection[int],
) -> Known:
    """Those of these films that pass the filters and that the viewer has not dismissed.

    And `besides`, whatever is said of them. One query.
    """
    given = {name: value for name, value in vars(filters).items() if value not in (None, "", ())}
    values = {
        name: list(value) if isinstance(value, frozenset | tuple) else value
        for name, value in given.items()
    }
    values |= {
        "viewer_id": viewer_id,
        "movie_ids": list(movie_ids),
        "besides": list(besides),
    }
    conditions = "".join(f" AND {CONDITIONS[name]}" for name in given)
    rows = prepared.rows(f"{PASSING}{conditions}){FILMS}", values)
    return Known({movie_id: ListedFilm(movie_id, *row) for _, movie_id, *row in rows}, {})


def is_released(movie: ListedFilm) -> bool:
    """Whether a film is out; one without a year is taken to be."""
    return movie.year is None or movie.year <= datetime.now(UTC).year


@cache
def _opinions() -> str:
    """OPINIONS with those whom the viewer follows and who may not be named for what they like."""
    newest = Follow.objects.filter(follower=given("viewer_id"), state=Follow.State.ACCEPTED)
    followed = newest.order_by("-since", "-pk").values("followee")[:FOLLOWED]
    nameable = tellable_opinions(given("viewer_id"), "ratings", user="pk")
    rows = User.objects.filter(~nameable, pk__in=followed)
    return OPINIONS.format(unnameable=compiled(rows.values_list("pk")).sql)


@cache
def _members(is_anonymous: bool) -> Compiled:
    """Members as rows like those of films: the name as title, in `year` whether they are followed.

    So one query can bring both.
    """
    viewer = None if is_anonymous else given("viewer_id")
    nothing: Any = Value(None, output_field=IntegerField())
    nameable = tellable_opinions(viewer, "ratings", user="pk")
    rows = User.objects.filter(nameable, pk__in=given_ids("user_ids"))
    return compiled(
        rows.annotate(
            kind=Value("member"),
            is_followed=Cast(followed_by(viewer), IntegerField()),
            origin=Value(""),
            at=Value(None, output_field=DateTimeField()),
            genres=Value(None, output_field=ArrayField(CharField())),
            mine=nothing,
            count=nothing,
            sum=nothing,
            score=nothing,
        ).values_list(
            "kind",
            "pk",
            "username",
            "is_followed",
            "origin",
            "at",
            "genres",
            "mine",
            "count",
            "sum",
            "score",
        )  # fmt: skip
    )

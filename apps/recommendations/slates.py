"""What a slate shows: not the same page twice, and some films that nobody knows yet.

Every slate is kept for `RETENTION`, with what the member did about its films: the ground on which
sources and rankers can be compared.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID, uuid4

from django.db import connection, transaction

from apps.movies.models import Movie
from apps.movies.selectors import ratings_of
from apps.outbox.topics import Key
from apps.recommendations.errors import UnknownSlate
from apps.recommendations.models import Reaction, ShownSlate
from apps.recommendations.ranking import best_first
from apps.recommendations.types import ListedFilm, Scored
from apps.users.models import User

RETENTION = timedelta(days=90)
PURGED_AT_ONCE = 1_000

STALE = (0.6, 0.75, 0.88)
"""What is left of a film's score that the last slate showed, the one before, and so on."""

EXPLORING = 10
"""One place in so many is for a film that hardly anybody has rated."""

COLD_RATINGS = 3
COLD_FOR = timedelta(days=60)
"""How long a film may be new; what nobody wanted to rate by then has had its chance."""

REACT_TO_NEWEST = """
INSERT INTO recommendations_reaction (slate_id, movie_id, kind)
SELECT slate.id, wanted.movie_id, %(kind)s
FROM unnest(%(user_ids)s::bigint[], %(movie_ids)s::bigint[]) AS wanted (user_id, movie_id)
CROSS JOIN LATERAL (
    SELECT shown.id FROM recommendations_shownslate AS shown
    WHERE shown.user_id = wanted.user_id
    AND shown.films @> jsonb_build_array(jsonb_build_array(wanted.movie_id))
    ORDER BY shown.shown_at DESC LIMIT 1
) AS slate
ON CONFLICT DO NOTHING
"""


def rotate(ranked: Iterable[Scored], shown: Mapping[int, int]) -> list[Scored]:
    """The films by their score, less for those that the last slates showed to no effect.

    `shown` says how many slates ago, 0 for the last. The same slates always give the same order.
    """
    films = list(ranked)
    for film in films:
        if film.movie_id in shown:
            film.scale(STALE[shown[film.movie_id]])
    return best_first(films)


def explore(
    chosen: Sequence[Scored], ranked: Sequence[Scored], movies: Mapping[int, ListedFilm]
) -> list[Scored]:
    """The chosen films, every tenth of them cold: it takes the place of the weakest that is not.

    A cold film was added lately and hardly rated; among them the best by score come first.
    """
    there = {film.movie_id for film in chosen}
    wanted = len(chosen) // EXPLORING - sum(is_cold(movies[pk]) for pk in there)
    cold = (
        film for film in ranked if film.movie_id not in there and is_cold(movies[film.movie_id])
    )
    new = list(islice(cold, max(wanted, 0)))
    known = [film.movie_id for film in chosen if not is_cold(movies[film.movie_id])]
    weakest = set(known[len(known) - len(new) :])
    return [*(film for film in chosen if film.movie_id not in weakest), *new]


def is_cold(movie: ListedFilm) -> bool:
    """Whether a film is new here and hardly rated."""
    return movie.ratings <= COLD_RATINGS and movie.added_at > datetime.now(UTC) - COLD_FOR


def keep(user_id: int, films: Sequence[Scored]) -> UUID:
    """Note what a member is shown; gives the slate's id. One insert."""
    rows = [
        [film.movie_id, {name: round(share, 4) for name, share in film.shares.items()}]
        for film in films
    ]
    slate = ShownSlate.objects.create(id=uuid4(), user_id=user_id, films=rows)
    return slate.pk


@transaction.atomic
def click(*, user: User, slate_id: UUID, movie: Movie) -> None:
    """Note that a member opened a film of a slate; UnknownSlate when it is not theirs or not in it.

    A second call changes nothing.
    """
    slate = ShownSlate.objects.filter(pk=slate_id, user=user).first()
    if slate is None or movie.pk not in {movie_id for movie_id, _ in slate.films}:
        raise UnknownSlate
    Reaction.objects.get_or_create(slate=slate, movie=movie, kind=Reaction.Kind.CLICK)


def react(kind: str, pairs: Collection[tuple[int, int]]) -> None:
    """Note what members did about films, (user id, movie id), against the newest slate with each.

    A film that no slate showed is no error; a second call changes nothing.
    """
    users, movies = [user for user, _ in pairs], [movie for _, movie in pairs]
    with connection.cursor() as cursor:
        cursor.execute(REACT_TO_NEWEST, {"kind": kind, "user_ids": users, "movie_ids": movies})


def react_to_ratings(keys: Sequence[Key]) -> None:
    """Note those of these ratings that there are against the slates that led to them."""
    react(Reaction.Kind.RATING, ratings_of([(user, movie) for user, movie in keys]).keys())


def purge(now: datetime) -> int:
    """Delete slates older than `RETENTION`, with the reactions to them; gives how many."""
    old = ShownSlate.objects.filter(shown_at__lt=now - RETENTION).order_by("shown_at")
    purged = 0
    while ids := list(old.values_list("pk", flat=True)[:PURGED_AT_ONCE]):
        ShownSlate.objects.filter(pk__in=ids).delete()
        purged += len(ids)
    return purged

"""How films and tastes reach the vectors: read what is true now, build points whole, put or drop.

A taste is made from two things: ratings, in Postgres, and the vectors of films, in the store. A
film may arrive after its ratings, or change. So whoever has put or dropped a film publishes TASTE
for its raters, and only afterwards its message is done: a fence for the taste is then drawn after
the film's vector is there. A film without a vector is left out of a taste until then; nothing
waits for it.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import nullcontext
from hashlib import sha256

from django.db import transaction

from apps.movies import selectors
from apps.movies.models import Credit
from apps.movies.selectors import Film, RatingFact
from apps.movies.topics import MOVIE, RATING
from apps.outbox.actions import publish_many
from apps.outbox.fences import Fence
from apps.outbox.generations import sparing_others
from apps.outbox.registry import projects
from apps.outbox.topics import Key
from apps.users.selectors import members
from apps.users.topics import MEMBER
from apps.vectors import client, generations
from apps.vectors.embedding import embedder_of, is_replaced
from apps.vectors.errors import EmbeddingUnavailable, OtherModel
from apps.vectors.factors import factors_of
from apps.vectors.generations import DESTINATION
from apps.vectors.points import FilmPoint, TastePoint, Vector
from apps.vectors.store import get_vectors
from apps.vectors.stored_vectors import stored_vectors
from apps.vectors.taste import NEWEST, films_used, taste_vector
from apps.vectors.texts import film_text
from apps.vectors.topics import EMBEDDING, TASTE


@projects(MOVIE, into="vectors")
def project_movies(keys: Sequence[Key], fence: Fence) -> list[Key]:
    """Put the films that exist, drop the others; gives those whose text nobody could embed."""
    ids = [movie_id for (movie_id,) in keys]
    late = put_or_drop_films(ids, fence)
    _publish_tastes(set(ids) - late)
    return [(movie_id,) for movie_id in sorted(late)]


@projects(EMBEDDING, into="vectors")
def project_embeddings(keys: Sequence[Key], fence: Fence) -> list[Key]:
    """The same, for films that a rebuild had to leave."""
    return project_movies(keys, fence)


@projects(RATING, into="vectors")
def project_ratings(keys: Sequence[Key], fence: Fence) -> None:
    """Make the tastes of those who rated anew."""
    put_or_drop_tastes({user_id for user_id, _ in keys}, fence)


@projects(MEMBER, into="vectors")
def project_members(keys: Sequence[Key], fence: Fence) -> None:
    """A member who left has no taste; one who came or came back may have."""
    put_or_drop_tastes({user_id for (user_id,) in keys}, fence)


@projects(TASTE, into="vectors")
def project_tastes(keys: Sequence[Key], fence: Fence) -> None:
    """Make tastes anew, because the vector of a film behind them has changed."""
    put_or_drop_tastes({user_id for (user_id,) in keys}, fence)


def put_or_drop_films(movie_ids: Collection[int], fence: Fence) -> set[int]:
    """Bring films to what is true of them now; gives those that must be read again.

    The live generation's model is waited for, whatever answers in its place; another generation's
    while nothing does.
    """
    films = selectors.films(movie_ids)
    gone = sorted(set(movie_ids) - films.keys())
    store = get_vectors()
    late: set[int] = set()
    live, *_ = generations.named_in(fence)
    for generation in generations.named_in(fence):
        with sparing_others(DESTINATION, generation, client.STORE):
            points, unready = build_films(list(films.values()), generation)
            if unready and generation != live and is_replaced(generation):
                raise OtherModel(f"Another model answers than that of {generation}.")
            late |= unready
            store.put_films(points, fence.only(generation))
            store.drop_films(gone, fence.only(generation))
    return late


def put_or_drop_tastes(user_ids: Collection[int], fence: Fence, *, gives_up: bool = True) -> None:
    """Bring members' tastes to what is true of them now, in every generation.

    One that cannot be written is given up, unless the caller tries again.
    """
    there = members(user_ids)
    ratings = selectors.newest_ratings(sorted(there), limit=NEWEST)
    rated = {rating.movie_id for newest in ratings.values() for rating in newest}
    store = get_vectors()
    for generation in generations.named_in(fence):
        with sparing_others(DESTINATION, generation, client.STORE) if gives_up else nullcontext():
            points = _tastes(stored_vectors.of(generation, rated), ratings)
            without = set(user_ids) - {point.user_id for point in points}
            store.put_tastes(points, fence.only(generation))
            store.drop_tastes(sorted(without), fence.only(generation))


def build_films(films: Sequence[Film], generation: str) -> tuple[list[FilmPoint], set[int]]:
    """The points of films, embedded by a generation's model, and whom it could not embed now."""
    texts = {film.id: text_of(film) for film in films}
    try:
        embedder = embedder_of(generation)
    except EmbeddingUnavailable:
        return [], set(texts)
    vectors = embedder.embed(texts.values())
    factors = factors_of(generation)
    points = [
        film_point(
            film,
            text=texts[film.id],
            vector=vectors[texts[film.id]],
            model=str(embedder.identity),
            factors=None if factors is None else factors.film_of(film.id),
        )
        for film in films
        if texts[film.id] in vectors
    ]
    return points, texts.keys() - {point.movie_id for point in points}


def film_point(
    film: Film, *, text: str, vector: Vector, model: str, factors: Vector | None = None
) -> FilmPoint:
    """The point of a film whose text a model has embedded."""
    return FilmPoint(
        movie_id=film.id,
        vector=vector,
        title=film.title,
        year=film.year,
        origin=film.origin,
        genres=film.genres,
        directors=_ids(film, Credit.Role.DIRECTOR),
        actors=_ids(film, Credit.Role.ACTOR),
        text_hash=sha256(text.encode()).hexdigest(),
        model=model,
        factors=factors,
    )


def text_of(film: Film) -> str:
    """The text of a film that is embedded."""
    return film_text(
        title=film.title,
        year=film.year,
        genres=film.genres,
        tags=film.tags,
        plot=film.plot,
        directors=film.names(Credit.Role.DIRECTOR),
        cast=film.names(Credit.Role.ACTOR),
    )


def _tastes(
    vectors: Mapping[int, Vector], ratings: Mapping[int, Sequence[RatingFact]]
) -> list[TastePoint]:
    tastes = ((user, taste_vector(vectors, newest), newest) for user, newest in ratings.items())
    return [
        TastePoint(user_id, vector, films_used(vectors, newest))
        for user_id, vector, newest in tastes
        if vector is not None
    ]


def _ids(film: Film, role: str) -> tuple[int, ...]:
    return tuple(credit.person_id for credit in film.credits if credit.role == role)


def _publish_tastes(movie_ids: Collection[int]) -> None:
    with transaction.atomic():
        publish_many(TASTE, [(user_id,) for user_id in selectors.raters_of(movie_ids)])

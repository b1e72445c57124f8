"""What happens to films and opinions: one function per action, one transaction each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from types import EllipsisType

from django.db import IntegrityError, connection, transaction

from apps.movies.curation import add_person, source_key
from apps.movies.errors import UnknownMovie
from apps.movies.models import (
    Credit,
    Genre,
    Movie,
    MovieGenre,
    MovieStatistics,
    MovieTag,
    Person,
    Rating,
)
from apps.movies.topics import MOVIE, RATING
from apps.outbox.actions import publish, publish_many, publish_with
from apps.users import actions as user_actions
from apps.users.models import User

RATE = """
INSERT INTO movies_rating (user_id, movie_id, half_stars, learn)
VALUES (%(user_id)s, %(movie_id)s, %(half_stars)s, %(learn)s)
ON CONFLICT (user_id, movie_id) DO UPDATE SET half_stars = EXCLUDED.half_stars,
    learn = EXCLUDED.learn, changed_at = statement_timestamp()
RETURNING id, user_id, movie_id, half_stars, learn, rated_at, changed_at
"""
"""The commonest write, in one statement: Django's `update_or_create` takes four to six."""

RATED = ("id", "user_id", "movie_id", "half_stars", "learn", "rated_at", "changed_at")


@dataclass(frozen=True)
class Cast:
    """Who made a film, in order: people, or names. A name that is not known becomes a person."""

    directors: Sequence[Person | str] = ()
    actors: Sequence[Person | str] = ()


@transaction.atomic
def create_movie(
    *,
    title: str,
    year: int | None = None,
    origin: str = "",
    plot: str = "",
    genres: Sequence[str] = (),
    cast: Cast = Cast(),  # noqa: B008 - frozen
) -> Movie:
    """Add a film with its genres and credits."""
    movie = Movie.objects.create(title=title, year=year, origin=origin, plot=plot)
    MovieStatistics.objects.create(movie=movie)
    _set_genres(movie, genres)
    _set_cast(movie, cast)
    publish(MOVIE, movie.pk)
    return movie


@transaction.atomic
def update_movie(
    *,
    movie: Movie,
    title: str | None = None,
    year: int | EllipsisType | None = ...,
    origin: str | None = None,
    plot: str | None = None,
    genres: Sequence[str] | None = None,
    cast: Cast | None = None,
    guard: Callable[[], None] | None = None,
) -> Movie:
    """Change a film; what is left out stays. Its raters' taste vectors follow.

    `guard` is called while nobody else changes the film, and may raise to stop the change.
    UnknownMovie when it is gone meanwhile.
    """
    found = _locked(movie)
    if guard is not None:
        guard()
    found.title = found.title if title is None else title
    found.year = found.year if year is ... else year
    found.origin = found.origin if origin is None else origin
    found.plot = found.plot if plot is None else plot
    found.save(update_fields=["title", "year", "origin", "plot"])
    if genres is not None:
        _set_genres(found, genres)
    if cast is not None:
        _set_cast(found, cast)
    publish(MOVIE, found.pk)
    _publish_raters(found)
    return found


@transaction.atomic
def delete_movie(*, movie: Movie) -> None:
    """Remove a film and every opinion of it, from every store; UnknownMovie when it is gone."""
    found = _locked(movie)
    _publish_raters(found)
    publish(MOVIE, found.pk)
    found.delete()


def rate_movie(*, user: User, movie: Movie, half_stars: int, learn: bool = True) -> Rating:
    """Record what a member thinks of a film (1 to 10 half stars); again replaces it.

    Without `learn` it counts as seen and in the film's mean, and says nothing of anybody's taste.
    Raises UnknownMovie for a film that has just been removed.
    """
    values = {
        "user_id": user.pk,
        "movie_id": movie.pk,
        "half_stars": half_stars,
        "learn": learn,
    }
    try:
        row = publish_with(RATE, values, RATING, user.pk, movie.pk)
    except IntegrityError as error:
        if "movies_movie" in str(error):
            raise UnknownMovie from None
        raise
    rating = Rating.from_db(connection.alias, RATED, row)
    rating.user, rating.movie = user, movie
    return rating


@transaction.atomic
def unrate_movie(*, user: User, movie: Movie) -> None:
    """Take a rating back. A film that was not rated is no error."""
    deleted, _ = Rating.objects.filter(user=user, movie=movie).delete()
    if deleted:
        publish(RATING, user.pk, movie.pk)


@transaction.atomic
def delete_member(*, user: User) -> dict[str, int]:
    """Remove a member with their opinions and follows, from every store; gives the rows' numbers.

    The stores learn it by messages; `apps.privacy` removes what else there may be of a member.
    """
    movie_ids = Rating.objects.filter(user=user).values_list("movie_id", flat=True)
    publish_many(RATING, [(user.pk, movie_id) for movie_id in movie_ids])
    tagged = MovieTag.objects.filter(user=user)  # a film's text has its tags
    publish_many(MOVIE, tagged.values_list("movie_id"))
    return user_actions.delete_user(user=user)


def _locked(movie: Movie) -> Movie:
    """The film as it is now; UnknownMovie when it has just been removed."""
    found = Movie.objects.select_for_update().filter(pk=movie.pk).first()
    if found is None:
        raise UnknownMovie
    return found


def _publish_raters(movie: Movie) -> None:
    raters = Rating.objects.filter(movie=movie).values_list("user_id", flat=True)
    publish_many(RATING, [(user_id, movie.pk) for user_id in raters])


def _set_genres(movie: Movie, names: Sequence[str]) -> None:
    MovieGenre.objects.filter(movie=movie).delete()
    genres = Genre.objects.filter(name__in=names)
    MovieGenre.objects.bulk_create(MovieGenre(movie=movie, genre=genre) for genre in genres)


def _set_cast(movie: Movie, cast: Cast) -> None:
    Credit.objects.filter(movie=movie).delete()
    known = _people_named(who for who in (*cast.directors, *cast.actors) if isinstance(who, str))
    for role, credited in (
        (Credit.Role.DIRECTOR, cast.directors),
        (Credit.Role.ACTOR, cast.actors),
    ):
        people = dict.fromkeys(  # two spellings may be one person
            known[source_key(who)] if isinstance(who, str) else who for who in credited
        )
        Credit.objects.bulk_create(
            Credit(movie=movie, person=person, role=role, position=position)
            for position, person in enumerate(people)
        )


def _people_named(names: Iterable[str]) -> dict[str, Person]:
    """People by their keys, new ones in one order: two films that bring the same would wait for
    each other."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(source_key(name), name)
    return {key: add_person(name=first[key]) for key in sorted(first)}

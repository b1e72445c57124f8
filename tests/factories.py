"""Members and films for tests, made by the same actions that the API calls."""

from itertools import count

from apps.movies import actions as movie_actions
from apps.movies.actions import Cast
from apps.movies.models import Movie
from apps.users import actions as user_actions
from apps.users.models import User

_numbers = count(1)


def make_user(username: str = "", **fields: object) -> User:
    """A member; fields beyond the action's are set afterwards."""
    number = next(_numbers)
    name = username or f"member-{number}"
    user = user_actions.create_user(
        email=f"{name}@example.com", username=name, password="s3cret-pw"
    )
    if fields:
        User.objects.filter(pk=user.pk).update(**fields)
        user.refresh_from_db()
    return user


def make_movie(
    title: str = "",
    *,
    year: int = 1995,
    genres: tuple[str, ...] = (),
    directors: tuple[str, ...] = (),
    actors: tuple[str, ...] = (),
    plot: str = "",
) -> Movie:
    """A film with its credits."""
    return movie_actions.create_movie(
        title=title or f"Film {next(_numbers)}",
        year=year,
        plot=plot,
        genres=genres,
        cast=Cast(directors=directors, actors=actors),
    )

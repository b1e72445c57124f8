"""What of the facts the recommendations keep: how films are rated."""

from collections.abc import Sequence

from apps.movies.topics import MOVIE, RATING
from apps.outbox.fences import Fence
from apps.outbox.registry import projects
from apps.outbox.topics import Key
from apps.recommendations import slates, statistics


@projects(MOVIE, into="recommendations")
def project_movies(keys: Sequence[Key], fence: Fence) -> None:
    """A new film gets its row, a film that is gone loses it."""
    statistics.refresh([movie_id for (movie_id,) in keys], fence)


@projects(RATING, into="recommendations")
def project_ratings(keys: Sequence[Key], fence: Fence) -> None:
    """The films of these ratings are counted anew; slates that led to one learn of it."""
    statistics.refresh([movie_id for _, movie_id in keys], fence)
    slates.react_to_ratings(keys)

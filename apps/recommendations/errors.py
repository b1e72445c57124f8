"""What can be wrong about recommendations."""

from collections.abc import Container, Mapping, Sequence

from apps.common.errors import NotFound
from apps.movies.errors import UnknownMovie


class UnknownSlate(NotFound):
    """You were shown no such film in a slate with this id."""

    code = "unknown_slate"


def refuse_unknown(named: Mapping[str, Sequence[int]], there: Container[int]) -> None:
    """UnknownMovie for the films, named by field and place, that are not there."""
    fields = {
        f"/{name}/{place}": "There is no film with this id."
        for name, ids in named.items()
        for place, pk in enumerate(ids)
        if pk not in there
    }
    if fields:
        raise UnknownMovie(fields=fields)

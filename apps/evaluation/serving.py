"""The pipeline that serves visitors, asked for people of a data set."""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from django.db import transaction

from apps.common.errors import StoreUnavailable
from apps.recommendations.pipeline import SOURCES, recommend
from apps.recommendations.types import SourceName

PAGE = 20
"""Films of a slate, as the API gives them when nothing else is asked for."""

BLEND = "blend"

SERVED: Mapping[str, Collection[SourceName]] = MappingProxyType(
    {BLEND: SOURCES, **{f"{source} alone": (source,) for source in SOURCES}}
)


def slate_of(member_id: int, sources: Collection[SourceName]) -> Sequence[int]:
    """The films that a member would be shown now. The slate is not kept: none would rotate it.

    StoreUnavailable when one was not asked: the figures would be those of the others.
    """
    with transaction.atomic():
        slate = recommend(member_id, limit=PAGE, sources=sources)
        transaction.set_rollback(True)
    if slate.degraded:
        raise StoreUnavailable(slate.degraded[0], "It did not answer in time.")
    return [film.movie_id for film in slate.films]

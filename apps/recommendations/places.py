"""Places on the page: no source that has something good to say is silenced by a stronger one.

Fusion alone may fill the page with what its heaviest source proposes, and a member would never see
what is about the same things, or what is by the same people.
"""

from collections.abc import Sequence

from apps.recommendations.ranking import weights_of
from apps.recommendations.slates import EXPLORING
from apps.recommendations.types import Scored, SourceName

WITHIN = 15
"""The first places, in which every source is heard. Of a page of twenty it takes none of the first
ten: within nine it cost 0.004 of NDCG@10."""

ONE_IN = 3
"""Of the first places one in so many may be given to sources that are not heard."""

SUPPORTED = 0.1
"""A source stands behind a film that has this part of what the source's best can be worth: one not
at the end of its list, and not doubted there."""

HEARD: Sequence[SourceName] = (
    "social", "content", "people", "collaborative", "sequential"
)  # fmt: skip
"""In this order when there are not places enough. `popular` speaks for nobody."""


def give_places(chosen: Sequence[Scored], ranked: Sequence[Scored]) -> list[Scored]:
    """The chosen films, with one of every source that stands behind any among the first.

    A source that stands behind one of the first films is heard. For the others the best by score
    of those that they stand behind takes one of the last of the first places, no more than needed;
    what stood there moves down.
    """
    within = min(WITHIN, len(chosen) - len(chosen) // EXPLORING)
    good = _good_films(ranked)
    given = 0
    guests = _guests(chosen[:within], good)
    while len(guests) > given and given < within // ONE_IN:
        given += 1
        guests = _guests(chosen[: within - given], good)
    first = [*chosen[: within - given], *guests[:given]]
    there = {film.movie_id for film in first}
    return [*first, *(film for film in chosen if film.movie_id not in there)][: len(chosen)]


def _good_films(ranked: Sequence[Scored]) -> list[list[Scored]]:
    """For each source the films that it stands behind, best first; none that has no such."""
    weights = weights_of({source for film in ranked for source in film.shares})
    films = [
        [film for film in ranked if film.shares.get(source, 0) >= SUPPORTED * weights[source]]
        for source in HEARD
        if source in weights
    ]
    return [of_source for of_source in films if of_source]


def _guests(first: Sequence[Scored], good: Sequence[Sequence[Scored]]) -> list[Scored]:
    """The best film of each source that stands behind none of the first, each film once."""
    there = {film.movie_id for film in first}
    silent = [films for films in good if there.isdisjoint(film.movie_id for film in films)]
    return list({films[0].movie_id: films[0] for films in silent}.values())

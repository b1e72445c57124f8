"""Answers of the last minute: what is near a film is about the film, not about who asks.

Each process keeps its own. A slate looks around ten films, and nearly all of them were looked
around shortly before, for somebody else.
"""

from collections.abc import Sequence

from django.core.cache import caches

from apps.vectors import searches
from apps.vectors.points import FilmQuery, Hit

Kept = tuple[list[int], list[float]]
"""Movie ids and scores: the cache pickles, and hits take longer to load than to make."""


def search(films: str, queries: Sequence[FilmQuery]) -> list[list[Hit]]:
    """As `searches.search`; a query that takes a recent answer is asked only if there is none.

    An empty answer is not kept: the film's vector may be on its way. One query at least is asked,
    so that a store which is away is missed at once.
    """
    cache = caches["recent"]
    keys = [_key(films, query) for query in queries]
    kept: dict[str, Kept] = cache.get_many(key for key in keys if key)
    asked = [place for place, key in enumerate(keys) if key not in kept]
    if keys and not asked:
        asked = [0]
    answers = searches.search(films, [queries[place] for place in asked])
    found = dict(zip(asked, answers, strict=True))
    new = {keys[place]: _kept(hits) for place, hits in found.items() if keys[place] and hits}
    if new:
        cache.set_many(new)
    return [found[place] if place in found else _hits(kept[key]) for place, key in enumerate(keys)]


def _key(films: str, query: FilmQuery) -> str:
    """Empty for a query that must be asked."""
    if not query.recent:
        return ""
    (movie_id,) = query.positive_ids
    return f"{films}/{movie_id}/{query.limit}/{query.ef}"


def _kept(hits: Sequence[Hit]) -> Kept:
    return [hit.movie_id for hit in hits], [hit.score for hit in hits]


def _hits(kept: Kept) -> list[Hit]:
    return [Hit(movie_id, score) for movie_id, score in zip(*kept, strict=True)]

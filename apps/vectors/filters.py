"""Which films a search may find, in our words and in Qdrant's."""

from dataclasses import dataclass
from typing import Any

from qdrant_client import models


@dataclass(frozen=True)
class FilmFilter:
    """Conditions that all must hold. Years are inclusive; a film without a year is in no range.

    `genres` are all of the film's, `person` is anyone credited. `only_ids` None means any film, and
    an empty one means none.
    """

    genres: tuple[str, ...] = ()
    person: int | None = None
    year_min: int | None = None
    year_max: int | None = None
    origin: str = ""
    without_ids: frozenset[int] = frozenset()
    only_ids: frozenset[int] | None = None

    @property
    def finds_nothing(self) -> bool:
        """Whether no film can pass, so that nobody need be asked."""
        return self.only_ids is not None and not (self.only_ids - self.without_ids)


def film_conditions(wanted: FilmFilter) -> dict[str, Any]:
    """The filter as Qdrant's REST API takes it, for searches by likeness.

    They need not ask whether a film is there: its tombstone has no vector to be like.
    qdrant-client's models of a filter would take as long as the call.
    """
    values: list[tuple[str, str | int | None]] = [
        *(("genres", genre) for genre in wanted.genres),
        ("people", wanted.person),
        ("origin", wanted.origin or None),
    ]
    must: list[dict[str, Any]] = [
        {"key": key, "match": {"value": value}} for key, value in values if value is not None
    ]
    if wanted.year_min is not None or wanted.year_max is not None:
        years = {"gte": wanted.year_min, "lte": wanted.year_max}
        must.append({"key": "year", "range": years})
    if wanted.only_ids is not None:
        must.append({"has_id": sorted(wanted.only_ids)})
    without = [{"has_id": sorted(wanted.without_ids)}] if wanted.without_ids else []
    return {"must": must, "must_not": without}


def alive(conditions: models.Filter | None = None) -> models.Filter:
    """What counts and scrolls find: what is deleted is a tombstone, and none of it."""
    there = models.FieldCondition(key="deleted", match=models.MatchValue(value=False))
    if conditions is None:
        return models.Filter(must=[there])
    must = conditions.must if isinstance(conditions.must, list) else []
    return conditions.model_copy(update={"must": [there, *must]})


def below(fence: int) -> models.Filter:
    """Points that carry a lower fence: the guard of every write, and what a sweep looks for."""
    return models.Filter(must=[models.FieldCondition(key="fence", range=models.Range(lt=fence))])

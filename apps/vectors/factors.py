"""The factors of films, as the trainings in Postgres hold them.

A generation of the films names its training when it is made, so a film that changes keeps the
factors of the generation that it is written to.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from apps.outbox.models import Generation
from apps.vectors import generations
from apps.vectors.models import Training
from apps.vectors.points import Vector

Matrix = NDArray[np.float32]
State = Generation.State


@dataclass(frozen=True, eq=False)
class Factors:
    """What is known of films, a row for each.

    A member's vector is the weighed sum of the rows in `taste` of films that they rated; its
    product with a row of `film` says how much that film is for them. Stars are told from `mean`,
    `offset` (how many more than others a film gets) and `traits`, by which members differ.
    Members who rated a film went on with those in its row of `next_rows`, which are rows again, by
    how much `next_worth` says, 0 for a place that is empty. Both are without rows in a training
    of an earlier version.
    """

    movie_ids: NDArray[np.int64]
    taste: Matrix
    film: Matrix
    traits: Matrix
    offset: Vector
    mean: Vector
    next_rows: NDArray[np.int64] = field(default_factory=lambda: np.zeros((0, 0), np.int64))
    next_worth: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))

    @property
    def rank(self) -> int:
        """Numbers per film in `taste` and `film`."""
        return int(self.film.shape[1])

    @cached_property
    def rows(self) -> Mapping[int, int]:
        """Where each film is."""
        return {movie_id: row for row, movie_id in enumerate(self.movie_ids.tolist())}

    def film_of(self, movie_id: int) -> Vector | None:
        """What is stored of a film; None for one that the training did not know."""
        row = self.rows.get(movie_id)
        return None if row is None else self.film[row]


def keep(factors: Factors, **told: Any) -> Training:
    """Note an accepted training; the next generation takes its factors."""
    return Training.objects.create(
        verdict=Training.Verdict.ACCEPTED, rank=factors.rank, factors=_packed(factors), **told
    )


def newest() -> dict[str, int]:
    """What a new generation notes of the newest accepted training; nothing when there is none."""
    accepted = Training.objects.filter(verdict=Training.Verdict.ACCEPTED, rank__gt=0)
    found = accepted.order_by("-id").values_list("pk", "rank").first()
    return {"training": found[0], "rank": found[1]} if found else {}


def serving() -> tuple[int, Factors] | None:
    """The training that the live generation holds, and its factors; None before the first one."""
    generations.pointer.resolve()
    training = generations.pointer.training
    return (training, held(training)) if training else None


def live() -> Training | None:
    """The training behind what is read now, as Postgres has it at this moment."""
    training = generations.noted_of(State.LIVE).get("training")
    return Training.objects.defer("factors").get(pk=training) if training else None


def last() -> Training | None:
    """The training that was made last, whatever came of it."""
    return Training.objects.defer("factors").order_by("-id").first()


def was_lost(training: Training) -> bool:
    """Whether it was accepted and no generation holds it that readers see, or can go back to."""
    mine = Generation.objects.filter(destination=generations.DESTINATION)
    seen = mine.filter(state__in=[State.LIVE, State.PREVIOUS], made_with__training=training.pk)
    return training.verdict == Training.Verdict.ACCEPTED and not seen.exists()


def was_withdrawn(training: int) -> bool:
    """Whether an operator went back from it."""
    withdrawn = Training.objects.filter(verdict=Training.Verdict.WITHDRAWN)
    return withdrawn.filter(pk=training).exists()


def factors_of(generation: str) -> Factors | None:
    """The factors that a generation's films are written with."""
    training = generations.made_with(generation).get("training")
    return held(training) if training else None


@lru_cache(maxsize=2)
def held(training: int) -> Factors:
    """The factors of a training, read once by a process; 37 MB for 10,000 films at rank 384."""
    stored = bytes(Training.objects.values_list("factors", flat=True).get(pk=training))
    with np.load(io.BytesIO(stored)) as arrays:
        return Factors(**{name: _widened(arrays[name]) for name in arrays.files})


def forget_unused() -> None:
    """Free the factors that no generation holds or will take; the rows stay, for their figures."""
    wanted = _used() | {newest().get("training", 0)}
    Training.objects.filter(rank__gt=0).exclude(pk__in=wanted).update(rank=0, factors=b"")


def forget(training: Training) -> None:
    """Delete a training that came to nothing; one that a generation holds stays."""
    if training.pk not in _used():
        training.delete()


def forget_lost() -> None:
    """The same for the last one, if its process was killed before it could do so."""
    training = last()
    if training is not None and was_lost(training):
        forget(training)


def _used() -> set[int]:
    """The trainings that generations hold which live or are being built."""
    mine = Generation.objects.filter(destination=generations.DESTINATION)
    kept = mine.exclude(state=State.RETIRED).values_list("made_with", flat=True)
    return {noted["training"] for noted in kept if "training" in noted}


def _packed(factors: Factors) -> bytes:
    arrays = {one.name: getattr(factors, one.name) for one in fields(factors)}
    written = io.BytesIO()
    narrowed: dict[str, Any] = {name: _narrowed(array) for name, array in arrays.items()}
    np.savez(written, **narrowed)
    return written.getvalue()


def _narrowed(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype("<f2") if array.dtype.kind == "f" else array.astype("<i8")


def _widened(array: NDArray[Any]) -> NDArray[Any]:
    return array.astype(np.float32) if array.dtype.kind == "f" else array

"""The objects that the vector store holds, what it can be asked, and what it finds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from apps.vectors.filters import FilmFilter

EF = 200
"""How widely HNSW looks. Recall@10 among 99,799 films and passages, against exact search: 0.991
with 128, 0.995 with 200, 0.997 with 256. With 160 `make bench ARGS=similar` found 0.983 under a
filter that a tenth passes, and 0.98 is promised. From 128 to 256 costs 0.6 ms."""

Vector = NDArray[np.float32]
"""A vector of the model's dimensions (384), of length 1."""


@dataclass(frozen=True, eq=False)
class FilmPoint:
    """A film as the store holds it; `directors` and `actors` are ids of people.

    `text_hash` is sha256 of the embedded text in hex, `model` what embedded it; `factors` are what
    the generation's training learned of it.
    """

    movie_id: int
    vector: Vector
    title: str
    year: int | None
    origin: str
    genres: tuple[str, ...]
    directors: tuple[int, ...]
    actors: tuple[int, ...]
    text_hash: str
    model: str
    factors: Vector | None = None


@dataclass(frozen=True, eq=False)
class TastePoint:
    """A member's taste, and the films with their stars that it was made from."""

    user_id: int
    vector: Vector
    films: tuple[tuple[int, float], ...]


@dataclass(frozen=True, eq=False)
class FilmQuery:
    """Films like the positive ids (and `vector` or `text`), unlike the negative ones, best first.

    The text is embedded by the model of the generation that is asked; then it takes the place of
    the vector. With `training` the vector is a member's in the factors of that training, hits have
    the product as score, and a generation with other factors finds nothing. With none of them there
    is nothing to be like, and nothing is found. HNSW looks as widely as `ef` says. A `recent` query
    is about one film, without filters, and takes an answer that is at most a minute old.
    """

    positive_ids: Sequence[int] = ()
    negative_ids: Sequence[int] = ()
    vector: Vector | None = None
    filters: FilmFilter = FilmFilter()
    limit: int = 10
    with_vectors: bool = False
    text: str = ""
    training: int | None = None
    ef: int = EF
    recent: bool = False

    @property
    def asks(self) -> bool:
        """Whether anything can be found."""
        like = bool(self.positive_ids) or self.vector is not None or bool(self.text)
        return like and self.limit > 0 and not self.filters.finds_nothing


class Hit(NamedTuple):
    """A film that was found. The score is the cosine, or the product of factors.

    The vector is there when it was asked for.
    """

    movie_id: int
    score: float
    vector: Vector | None = None

"""What a query scores by: the variants of `query` in a query request or a prefetch.

The engine takes vectors only. Here ids become vectors first, and the ids that were named are
collected, because the server leaves them out of the answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import qdrant_edge as edge

from .engine import build, run
from .errors import BadRequest, FormatError, InvalidValue, NotFound, WrongInput
from .fields import Fields, choice, number, one_or_many, positive, sequence, text
from .formulas import read_formula
from .values import PointId, dense, is_point_id, point_id

Vectors = list[list[float]]
_FUSION: dict[str, Callable[[], Any]] = {
    "rrf": lambda: edge.Fusion.Rrf(k=2),
    "dbsf": edge.Fusion.Dbsf,
}
_DIRECTIONS = {"asc": edge.Direction.Asc, "desc": edge.Direction.Desc}
_STRATEGIES = ("average_vector", "best_score", "sum_scores")


@dataclass
class Examples:
    """The vectors behind the ids that one query names; `named` are those ids."""

    shard: edge.EdgeShard
    using: str
    named: set[PointId] = field(default_factory=set)

    def vector(self, value: Any, where: str) -> list[float]:
        """A vector as it is, or the one of the point; NotFound without point or vector."""
        found = self.find(value, where)
        if found is None:
            raise NotFound(f'Vector with name "{self.using}" for point not found')
        return found

    def vectors(self, value: Any, where: str) -> Vectors:
        """The vectors of all examples that have one; NotFound for a point that is not there."""
        found = sequence(self.find)(value, where)
        return [vector for vector in found if vector is not None]

    def find(self, value: Any, where: str) -> list[float] | None:
        """A vector as it is, or the one of the point, or None where the point has none."""
        if not is_point_id(value):
            return dense(value, where)
        named = point_id(value, where)
        self.named.add(named)
        wanted = [self.using] if self.using else True
        records = run(self.shard.retrieve, [named], False, wanted)
        if not records:
            raise NotFound(f"No point with id {named} found")
        vector: Any = records[0].vector
        return vector.get(self.using) if isinstance(vector, dict) else vector


def read_query(value: Any, where: str, examples: Examples, limit: int) -> Any:
    """Any variant of `query` that the engine has, as the engine's scoring query."""
    if not isinstance(value, dict):
        return edge.Query.Nearest(examples.vector(value, where), examples.using)
    with Fields(value, where) as body:
        for name, read in _VARIANTS.items():
            if name in body:
                return read(body, examples, limit)
    raise FormatError(f"{where}: data did not match any variant of Query")


def read_order_by(value: Any, where: str) -> edge.OrderBy:
    """A payload key, or key, direction and the value to start from."""
    if isinstance(value, str):
        return build(edge.OrderBy, value)
    with Fields(value, where) as body:
        key = body.required("key", text)
        direction = body.optional("direction", choice(_DIRECTIONS), None)
        return build(edge.OrderBy, key, direction, body.optional("start_from", _start, None))


def _start(value: Any, where: str) -> int | float | str:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return value
    raise FormatError(f"{where}: expected a number or a date")


def _nearest(body: Fields, examples: Examples, limit: int) -> Any:
    vector = body.required("nearest", examples.vector)
    if "mmr" not in body:
        return edge.Query.Nearest(vector, examples.using)
    return body.required("mmr", lambda value, where: _mmr(value, where, vector, examples, limit))


def _mmr(value: Any, where: str, vector: list[float], examples: Examples, limit: int) -> edge.Mmr:
    with Fields(value, where) as body:
        diversity = body.optional("diversity", number, 0.5)
        if not 0 <= diversity <= 1:
            raise InvalidValue(f"[{where}.diversity: must be between 0 and 1]")
        candidates = body.optional("candidates_limit", positive, limit)
        return edge.Mmr(vector, 1.0 - diversity, candidates, examples.using)


def _recommend(body: Fields, examples: Examples, limit: int) -> Any:
    def read(value: Any, where: str) -> Any:
        with Fields(value, where) as inner:
            likes = inner.optional("positive", examples.vectors, [])
            dislikes = inner.optional("negative", examples.vectors, [])
            words = {name: name for name in _STRATEGIES}
            strategy = inner.optional("strategy", choice(words), "average_vector")
            if strategy == "average_vector":
                return edge.Query.Nearest(_average(likes, dislikes), examples.using)
            return _by_scores(strategy, likes, dislikes, examples.using)

    return body.required("recommend", read)


def _by_scores(strategy: str, likes: Vectors, dislikes: Vectors, using: str) -> Any:
    if not likes and not dislikes:
        raise BadRequest("At least one positive or negative vector ID required")
    pair = edge.RecommendQuery([*likes], [*dislikes])
    if strategy == "best_score":
        return edge.Query.RecommendBestScore(pair, using)
    return edge.Query.RecommendSumScores(pair, using)


def _average(likes: Vectors, dislikes: Vectors) -> list[float]:
    """Mean of the likes, moved as far from the mean of the dislikes (the server's formula)."""
    if not likes:
        raise BadRequest("At least one positive vector ID required with this strategy")
    sizes = {len(vector) for vector in [*likes, *dislikes]}
    if len(sizes) > 1:
        raise WrongInput("Vector dimension error: the examples differ in size")
    if len(likes) == 1 and not dislikes:
        return likes[0]
    liked = np.asarray(likes, dtype=np.float32).mean(axis=0)
    if dislikes:
        liked = liked + liked - np.asarray(dislikes, dtype=np.float32).mean(axis=0)
    return [float(part) for part in liked]


def _pair(examples: Examples) -> Callable[[Any, str], edge.ContextPair]:
    def read(value: Any, where: str) -> edge.ContextPair:
        with Fields(value, where) as body:
            positive_example = body.required("positive", examples.vector)
            return edge.ContextPair(positive_example, body.required("negative", examples.vector))

    return read


def _discover(body: Fields, examples: Examples, limit: int) -> Any:
    def read(value: Any, where: str) -> Any:
        with Fields(value, where) as inner:
            target = inner.required("target", examples.vector)
            pairs = inner.optional("context", one_or_many(_pair(examples)), [])
            return edge.Query.Discover(edge.DiscoverQuery(target, pairs), examples.using)

    return body.required("discover", read)


def _context(body: Fields, examples: Examples, limit: int) -> Any:
    pairs = body.required("context", one_or_many(_pair(examples)))
    return edge.Query.Context(edge.ContextQuery(pairs), examples.using)


def _rrf(value: Any, where: str) -> Any:
    with Fields(value, where) as body:
        k = body.optional("k", positive, 2)
        return edge.Fusion.Rrf(k=k, weights=body.optional("weights", sequence(number), None))


_VARIANTS: dict[str, Callable[[Fields, Examples, int], Any]] = {
    "nearest": _nearest,
    "recommend": _recommend,
    "discover": _discover,
    "context": _context,
    "order_by": lambda body, *_: body.required("order_by", read_order_by),
    "fusion": lambda body, *_: body.required("fusion", choice(_FUSION))(),
    "rrf": lambda body, *_: body.required("rrf", _rrf),
    "sample": lambda body, *_: body.required("sample", choice({"random": edge.Sample.Random})),
    "formula": lambda body, *_: read_formula(body),
}

"""What systems may learn from, and what they are asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from apps.evaluation.log import Log, Mask

PARTS = SHOWN, TIME, STARS, TEXTS = ("shown", "time", "stars", "texts")
"""Of an evaluation, in this order: the last one leaves texts in the stores that no other wants."""

LEAST_KNOWN = 5
"""Ratings that a person needs before the cut of a time split."""

SEED = 7


@dataclass(frozen=True, eq=False)
class Split:
    """A log to learn from, and for each tested person the films that they rated after it."""

    name: str
    known: Log
    wanted: Mapping[int, frozenset[int]]

    def of_some(self, people: int) -> "Split":
        """The same with so many of the people tested, drawn by chance; all of the log is known."""
        if people >= len(self.wanted):
            return self
        drawn = np.random.default_rng(SEED).choice(sorted(self.wanted), people, replace=False)
        return Split(self.name, self.known, {one: self.wanted[one] for one in drawn.tolist()})


def leave_out(log: Log, nth: int) -> Split:
    """Each person's n-th newest rating, 1 for the last, is wanted; what is newer is hidden too.

    Only of people who have a rating before it.
    """
    name = {1: "last", 2: "second-last"}[nth]
    known = log.only(log.age >= nth)
    return Split(name, known, _wanted(log.only(log.age == nth - 1), known, least=1))


def cut_at(log: Log, part: float) -> Split:
    """What came before a moment is known, all after it wanted; `part` of the ratings are before."""
    moment = np.quantile(log.when, part)
    known = log.only(log.when < moment)
    wanted = _wanted(log.only(log.when >= moment), known, least=LEAST_KNOWN)
    return Split(f"time {part:.0%}", known, wanted)


def folds(log: Log, count: int) -> Iterator[Mask]:
    """Which ratings are held out, in each of so many random folds."""
    fold = np.random.default_rng(SEED).permutation(len(log)) % count
    for number in range(count):
        yield fold == number


def _wanted(rest: Log, known: Log, *, least: int) -> dict[int, frozenset[int]]:
    people, counts = np.unique(known.person, return_counts=True)
    tested = set(people[counts >= least].tolist())
    films: dict[int, set[int]] = {}
    for person, movie in zip(rest.person.tolist(), rest.movie.tolist(), strict=True):
        if person in tested:
            films.setdefault(person, set()).add(movie)
    return {person: frozenset(wanted) for person, wanted in films.items()}

"""What is known, and what is asked for."""

import numpy as np
import pytest

from apps.evaluation.log import Log
from apps.evaluation.splits import cut_at, folds, leave_out


def log_of(*rows: tuple[int, int, int]) -> Log:
    """Of (person, film, second), all of three stars."""
    person, movie, when = np.array(rows, dtype=np.int64).T
    return Log.of(person, movie, np.full(len(rows), 6), when)


def pairs(log: Log) -> set[tuple[int, int]]:
    return set(zip(log.person.tolist(), log.movie.tolist(), strict=True))


THREE = log_of((1, 10, 100), (1, 11, 300), (1, 12, 200), (2, 10, 50), (3, 11, 10), (3, 12, 20))


def test_the_last_rating_is_wanted_and_the_others_known() -> None:
    split = leave_out(THREE, 1)
    assert split.wanted == {1: {11}, 3: {12}}
    assert pairs(split.known) == {(1, 10), (1, 12), (3, 11)}


def test_the_second_last_is_wanted_and_the_last_hidden() -> None:
    split = leave_out(THREE, 2)
    assert split.wanted == {1: {12}}
    assert pairs(split.known) == {(1, 10)}


def test_nothing_is_known_from_after_the_cut() -> None:
    early = [(1, film, film) for film in range(10)]
    late = [(1, 90, 1_000), (2, 90, 1_000)]
    split = cut_at(log_of(*early, *late), 0.8)
    assert split.wanted == {
        1: {90} | {film for film in range(10) if (1, film) not in pairs(split.known)}
    }
    assert split.known.when.max() < 1_000


def test_every_rating_is_held_out_once() -> None:
    held_out = np.array(list(folds(THREE, 3)))
    assert held_out.sum(axis=0).tolist() == [1] * 6
    assert held_out.sum(axis=1).tolist() == [2, 2, 2]


def test_neither_the_order_nor_the_ids_tell_which_of_one_second_is_newest() -> None:
    rows = [(person, film, 7) for person in range(400) for film in (1, 2)]
    newest = leave_out(log_of(*rows), 1).wanted
    assert newest == leave_out(log_of(*reversed(rows)), 1).wanted
    ones = sum(films == {1} for films in newest.values())
    assert 150 < ones < 250


def test_some_people_are_tested_on_all_that_is_known() -> None:
    whole = leave_out(log_of(*((p, f, f) for p in range(30) for f in range(3))), 1)
    some = whole.of_some(10)
    assert len(some.wanted) == 10
    assert some.wanted.items() <= whole.wanted.items()
    assert len(some.known) == len(whole.known)
    assert whole.of_some(31) is whole


@pytest.mark.parametrize("nth", [1, 2])
def test_who_has_nothing_before_is_not_asked(nth: int) -> None:
    assert leave_out(log_of(*((1, film, film) for film in range(nth))), nth).wanted == {}

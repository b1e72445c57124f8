"""Each metric against figures worked out by hand."""

from math import log2

import numpy as np
import pytest

from apps.evaluation.intervals import interval
from apps.evaluation.metrics.coverage import coverage
from apps.evaluation.metrics.diversity import diversity
from apps.evaluation.metrics.hit_rate import hit_rate
from apps.evaluation.metrics.ndcg import ndcg
from apps.evaluation.metrics.novelty import novelty
from apps.evaluation.metrics.recall import recall
from apps.evaluation.metrics.stars import mae, rmse


def test_ndcg_is_the_gain_against_the_best_ranking() -> None:
    assert ndcg([9, 4, 7], {4}, 10) == pytest.approx(1 / log2(3))
    assert ndcg([4, 9, 7], {4, 7}, 10) == pytest.approx((1 + 1 / log2(4)) / (1 + 1 / log2(3)))
    assert ndcg([9, 4], {4}, 1) == 0
    assert ndcg([4], set(range(20)), 1) == 1


def test_hits_and_recall_count_only_the_first() -> None:
    assert hit_rate([1, 2, 3], {3}, 3) == 1
    assert hit_rate([1, 2, 3], {3}, 2) == 0
    assert recall([1, 2, 3], {2, 3, 4, 5}, 3) == 0.5
    assert recall([1, 2, 3], {2, 3, 4, 5}, 2) == 0.25


def test_coverage_counts_a_film_once() -> None:
    assert coverage([[1, 2, 9], [2, 3, 9]], films=10, k=2) == 0.3


def test_novelty_is_the_surprise_in_bits() -> None:
    assert novelty([1, 2, 3], {1: 2, 2: 8}, people=8, k=2) == pytest.approx((2 + 0) / 2)
    assert novelty([3], {}, people=8, k=10) == 3
    assert novelty([], {}, people=8, k=10) == 0


def test_diversity_is_how_little_the_genres_of_pairs_agree() -> None:
    genres = {1: ("War",), 2: ("War", "Drama"), 3: ("Comedy",), 4: ()}
    assert diversity([1, 2], genres, 10) == pytest.approx(1 - 1 / 2**0.5)
    assert diversity([1, 2, 3], genres, 10) == pytest.approx((1 - 1 / 2**0.5 + 1 + 1) / 3)
    assert diversity([4, 4], genres, 10) == 1
    assert diversity([1, 2], genres, 1) == 0


def test_errors_in_stars() -> None:
    off = np.array([1.0, -3.0])
    assert rmse(off) == pytest.approx(5**0.5)
    assert mae(off) == 2


def test_an_interval_holds_the_mean_and_shrinks_with_people() -> None:
    few, many = interval([0, 1] * 10), interval([0, 1] * 1000)
    assert few.low < few.mean == 0.5 < few.high
    assert many.high - many.low < 0.2 * (few.high - few.low)
    assert interval([0.1] * 50)[1:] == pytest.approx((0.1, 0.1))

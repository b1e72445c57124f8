"""Plain systems: people in blocks, and what is too large for this machine."""

import numpy as np
import pytest
from scipy import sparse

from apps.evaluation.baselines import BASELINES, BLOCK, blocks, too_large

PEOPLE, FILMS = 300, 40


@pytest.fixture(scope="module")
def stars() -> sparse.csr_matrix:
    draw = np.random.default_rng(7)
    given = draw.integers(1, 11, (PEOPLE, FILMS)) / 2
    return sparse.csr_matrix(np.where(draw.random((PEOPLE, FILMS)) < 0.3, given, 0))


@pytest.mark.parametrize("name", BASELINES)
def test_some_people_get_the_scores_that_they_get_among_all(
    name: str, stars: sparse.csr_matrix
) -> None:
    score = BASELINES[name](stars)
    every = np.vstack([score(rows) for rows in blocks(np.arange(PEOPLE))])
    assert every.shape == (PEOPLE, FILMS)
    some = np.array([299, 3, 255])
    assert score(some) == pytest.approx(every[some], rel=1e-5, abs=1e-6)


def test_item_knn_is_the_cosine_of_who_rated_the_films(stars: sparse.csr_matrix) -> None:
    seen = (stars.toarray() > 0).astype(float)
    alike = seen.T @ seen / np.sqrt(np.outer(seen.sum(axis=0), seen.sum(axis=0)))
    np.fill_diagonal(alike, 0)
    assert BASELINES["item-kNN"](stars)(np.arange(5)) == pytest.approx(seen[:5] @ alike.T, rel=1e-5)


def test_nobody_is_their_own_neighbour() -> None:
    alone = sparse.csr_matrix(np.diag(np.full(4, 5.0)))
    assert not BASELINES["user-kNN (Pearson)"](alone)(np.arange(4)).any()


def test_people_come_in_blocks() -> None:
    assert [len(rows) for rows in blocks(np.arange(2 * BLOCK + 1))] == [BLOCK, BLOCK, 1]


def test_what_no_memory_suffices_for_is_left_out_and_told() -> None:
    assert too_large(1_000) == {}
    assert "for 2,000,000 films" in too_large(2_000_000)["EASE"]

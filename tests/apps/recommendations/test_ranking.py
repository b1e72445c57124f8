"""Fusion and diversity, on made-up candidates."""

from types import SimpleNamespace
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from apps.recommendations.ranking import (
    DIVERSITY,
    POOL,
    STRANGE,
    TRUSTED,
    WEIGHTS,
    WITHOUT_FACTORS,
    Look,
    diversify,
    doubt_the_unrated,
    fuse,
)
from apps.recommendations.types import Candidate, Evidence, Scored, SourceName

NAMES: tuple[SourceName, ...] = ("collaborative", "content", "social", "people", "popular")

proposals = st.dictionaries(
    st.sampled_from(NAMES),
    st.lists(st.integers(1, 30), unique=True).map(
        lambda ids: [Candidate(pk, 1.0, Evidence()) for pk in ids]
    ),
)


def film(title: str, *genres: str) -> Any:
    return SimpleNamespace(title=title, genre_names=list(genres), told=TRUSTED)


@given(proposals)
def test_the_shares_of_a_film_sum_to_its_score_and_it_comes_once(
    proposed: dict[SourceName, list[Candidate]],
) -> None:
    ranked = fuse(proposed)
    assert len({item.movie_id for item in ranked}) == len(ranked)
    scores = [item.score for item in ranked]
    assert scores == sorted(scores, reverse=True)
    for item in ranked:
        assert item.score == pytest.approx(sum(item.shares.values()))
        assert set(item.shares) == set(item.evidence)


def test_the_best_of_a_source_is_worth_its_weight() -> None:
    ranked = fuse({"social": [Candidate(1, 9.0, Evidence()), Candidate(2, 8.0, Evidence())]})
    assert ranked[0].shares == {"social": WITHOUT_FACTORS["social"]}
    assert ranked[1].score < ranked[0].score


def test_what_the_followed_like_keeps_its_worth_beside_factors() -> None:
    known, followed = Candidate(1, 9.0, Evidence()), Candidate(2, 9.0, Evidence(followed_ids=(7,)))
    ranked = fuse({"collaborative": [known], "social": [followed]})
    assert [film.shares for film in ranked] == [
        {"collaborative": WEIGHTS["collaborative"]},
        {"social": WEIGHTS["followed"]},
    ]


def test_what_two_sources_propose_beats_what_one_proposes() -> None:
    one, two = Candidate(1, 1.0, Evidence()), Candidate(2, 1.0, Evidence())
    ranked = fuse({"content": [one, two], "people": [two]})
    assert ranked[0].movie_id == 2


@pytest.mark.parametrize(
    ("found", "by", "worth"),
    [
        (film("Casino", "Crime", "Drama"), ("content",), 1.0),
        (film("Casino", "Crime"), ("content",), (1 + STRANGE) / 2),
        (film("Casino", "Comedy"), ("content",), STRANGE),
        (film("Casino"), ("content",), 1.0),
        (film("The Black Godfather", "Crime", "Drama"), ("content",), STRANGE),
        (film("The Black Godfather", "Crime", "Drama"), ("content", "people"), 1.0),
        (film("The Godfather: Part II", "Crime", "Drama"), ("content",), 1.0),
        (film("The Mob", "Crime", "Drama"), ("content",), 1.0),
    ],
)
def test_texts_alike_by_a_word_of_the_titles_or_without_a_genre_are_doubted(
    found: Any, by: tuple[SourceName, ...], worth: float
) -> None:
    movies = {1: film("The Godfather", "Crime", "Drama"), 2: found}
    evidence = {source: Evidence(movie_ids=(1,)) for source in by}
    (doubted,) = doubt_the_unrated([Scored(2, dict.fromkeys(by, 1.0), evidence)], movies)
    assert doubted.shares["content"] == pytest.approx(worth)


def test_a_seed_that_shares_no_word_vouches_for_a_film() -> None:
    movies = {1: film("Heat", "Crime"), 2: film("Manhunter", "Crime"), 3: film("Red Heat", "Crime")}
    led = {"content": Evidence(movie_ids=(1, 2))}
    (doubted,) = doubt_the_unrated([Scored(3, {"content": 1.0}, led)], movies)
    assert doubted.shares["content"] == 1.0


def test_sequels_make_room_for_others() -> None:
    movies = {
        1: film("Alien", "Horror"),
        2: film("Alien 3", "Horror"),
        3: film("Heat", "Crime"),
    }
    ranked = [Scored(pk, {"content": score}) for pk, score in ((1, 1.0), (2, 0.99), (3, 0.9))]
    chosen = diversify(ranked, movies, limit=2)
    assert [item.movie_id for item in chosen] == [1, 3]


@given(st.lists(st.integers(1, 50), unique=True), st.integers(1, 20))
def test_diversity_neither_invents_nor_repeats(ids: list[int], limit: int) -> None:
    ranked = [Scored(pk, {"content": 1.0}) for pk in ids]
    movies = {pk: film(f"Film {pk}", "Drama") for pk in ids}
    chosen = [item.movie_id for item in diversify(ranked, movies, limit)]
    assert len(chosen) == len(set(chosen)) == min(limit, len(ids))
    assert set(chosen) <= set(ids)


titles = st.sampled_from(["Alien", "Alien 3", "Heat", "Up", "Big", "Jaws 2", "Jaws"])
genres = st.lists(st.sampled_from(["Horror", "Crime", "Drama"]), unique=True)


@given(
    st.lists(st.tuples(titles, genres, st.sampled_from([0.0, 0.5, 0.9, 1.0])), max_size=30),
    st.integers(1, 6),
)
def test_each_film_is_the_best_of_those_that_are_left(
    drawn: list[tuple[str, list[str], float]], limit: int
) -> None:
    movies = {pk: film(title, *of) for pk, (title, of, _) in enumerate(drawn)}
    scores = {pk: score for pk, (_, _, score) in enumerate(drawn)}
    ranked = [
        Scored(pk, {"content": scores[pk]}) for pk in sorted(scores, key=lambda pk: -scores[pk])
    ]
    left = [item.movie_id for item in ranked[: POOL * limit]]
    best: list[int] = []
    while left and len(best) < limit:
        chosen = [Look.of(movies[pk]) for pk in best]

        def worth(pk: int, chosen: list[Look] = chosen) -> float:
            alike = [Look.of(movies[pk]).likeness(look) for look in chosen]
            return scores[pk] * (1 - DIVERSITY * max(alike, default=0.0))

        best.append(max(left, key=worth))
        left.remove(best[-1])
    assert [item.movie_id for item in diversify(ranked, movies, limit)] == best


def test_films_are_alike_by_their_genres_or_as_a_series() -> None:
    looks = [
        Look.of(film("Alien", "Horror", "Sci-Fi")),
        Look.of(film("Aliens: Again", "Action")),
        Look.of(film("Alien 3", "Action")),
        Look.of(film("1917", "Action", "Drama", "War")),
        Look.of(film("300")),
    ]
    assert [[one.likeness(other) for other in looks] for one in looks] == [
        [1, 0, 1, 0, 0],
        [0, 1, 1, 1 / 3, 0],
        [1, 1, 1, 1 / 3, 0],
        [0, 1 / 3, 1 / 3, 1, 0],
        [0, 0, 0, 0, 1],
    ]

"""Which sources are heard on a page, on made-up films."""

import hypothesis.strategies as st
from hypothesis import given

from apps.recommendations.places import HEARD, ONE_IN, SUPPORTED, WITHIN, give_places
from apps.recommendations.ranking import WEIGHTS
from apps.recommendations.slates import EXPLORING
from apps.recommendations.types import Scored, SourceName

SOURCES = st.sampled_from([*HEARD, "popular"])


def best_of(source: SourceName, pk: int, part: float = 1.0) -> Scored:
    return Scored(pk, {source: part * WEIGHTS[source]})


def learned(count: int) -> list[Scored]:
    return [best_of("collaborative", pk) for pk in range(1, count + 1)]


def ids(films: list[Scored]) -> list[int]:
    return [film.movie_id for film in films]


def test_a_silent_source_gets_the_last_of_the_first_places() -> None:
    ranked = [
        *learned(30),
        best_of("content", 31),
        best_of("content", 32),
        best_of("people", 33),
    ]
    page = give_places(ranked[:20], ranked)
    assert ids(page) == [*range(1, 14), 31, 33, 14, 15, 16, 17, 18]


def test_one_film_may_speak_for_two_sources() -> None:
    both = Scored(31, {"content": WEIGHTS["content"], "people": WEIGHTS["people"]})
    ranked = [*learned(30), both]
    assert ids(give_places(ranked[:10], ranked)) == [1, 2, 3, 4, 5, 6, 7, 8, 31, 9]


def test_a_page_on_which_all_are_heard_stays_as_it_is() -> None:
    heard = Scored(3, {"collaborative": 1.0, "content": WEIGHTS["content"] * 0.5})
    ranked = [*learned(2), heard, *(best_of("content", pk) for pk in range(40, 60))]
    assert give_places(ranked[:10], ranked) == ranked[:10]


def test_a_source_without_a_good_film_gets_no_place() -> None:
    ranked = [*learned(30), best_of("people", 31, SUPPORTED - 0.01)]
    assert give_places(ranked[:10], ranked) == ranked[:10]


@given(
    st.lists(st.dictionaries(SOURCES, st.floats(0.01, 1.0), min_size=1, max_size=3), max_size=60),
    st.integers(1, 30),
)
def test_a_page_keeps_its_length_and_most_of_its_films_and_hears_every_source_or_three(
    parts: list[dict[SourceName, float]], limit: int
) -> None:
    ranked = [
        Scored(pk, {source: part * WEIGHTS[source] for source, part in shares.items()})
        for pk, shares in enumerate(parts)
    ]
    speaking = {source for film in ranked for source in film.shares}
    chosen = ranked[:limit]
    page = give_places(chosen, ranked)
    first = page[: min(WITHIN, len(chosen) - len(chosen) // EXPLORING)]
    assert len(page) == len(chosen) == len({film.movie_id for film in page})
    given_away = sum(film not in chosen[: len(first)] for film in first)
    assert given_away <= len(first) // ONE_IN
    if len(first) == WITHIN and "collaborative" in speaking:
        good = [
            source
            for source in HEARD
            if any(film.shares.get(source, 0) >= SUPPORTED * WEIGHTS[source] for film in ranked)
        ]
        heard = [
            source
            for source in good
            if any(film.shares.get(source, 0) >= SUPPORTED * WEIGHTS[source] for film in first)
        ]
        assert heard == good or len(heard) >= WITHIN // ONE_IN

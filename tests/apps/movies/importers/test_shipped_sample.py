"""The sample that the project ships, whole."""

import pytest

from apps.movies import selectors
from apps.movies.importers.records import Findings
from apps.movies.importers.sample import SHIPPED_DATA, import_sample, sample_films
from apps.movies.models import Credit, Movie, Rating
from apps.users.models import Follow, User
from tests.apps.movies.importers.folder import silent
from tests.factories import make_movie

HIGHEST_FILM = 1_032_778
CHUNK = 5_000


@pytest.mark.django_db
def test_shipped_sample_comes_whole() -> None:
    report = import_sample(SHIPPED_DATA, silent)
    assert report.loaded == {
        "people": 42_117,
        "genres": 19,
        "films": 42_520,
        "genres of films": 65_485,
        "credits": 204_645,
        "members": 610,
        "ratings": 100_836,
        "tags": 3_683,
        "follows": 5_127,
    }
    assert Movie.objects.filter(pk__lte=HIGHEST_FILM).count() == 42_520
    assert Credit.objects.filter(role="actor", movie__lte=HIGHEST_FILM).count() == 169_011
    assert User.objects.filter(is_sample=True).count() == 610
    assert Rating.objects.filter(user__is_sample=True).count() == 100_836
    assert Follow.objects.filter(is_generated=True).count() == 5_127
    assert make_movie().pk > HIGHEST_FILM
    _assert_findings(report.findings)
    _assert_same_films()


def _assert_findings(findings: Findings) -> None:
    assert findings.read == {
        "films/films.csv.gz": 39_579,
        "movielens/movies.csv.gz": 9_742,
        "movielens/ratings.csv.gz": 100_836,
        "movielens/tags.csv.gz": 3_683,
    }
    assert {(skip.file, skip.reason) for skip in findings.skipped} == {
        ("movielens/movies.csv.gz", "no year, film kept")
    }
    assert len(findings.skipped) == 12
    assert len(findings.unmapped_genres) == 30
    titles, spellings = findings.notes
    assert titles.startswith("165 titles stand twice in one year: Emma (1996)")
    assert spellings.startswith("42 names are spelt in two ways")


def _assert_same_films() -> None:
    """`sample_films` promises what the database gives: the embedding cache is made from it."""
    expected = {film.id: film for film in sample_films()}
    ids = sorted(expected)
    for start in range(0, len(ids), CHUNK):
        for film_id, film in selectors.films(ids[start : start + CHUNK]).items():
            found = expected.pop(film_id)
            assert (found.title, found.year, found.plot) == (film.title, film.year, film.plot)
            assert (found.genres, found.tags) == (film.genres, film.tags)
            assert found.names("actor") == film.names("actor")
            assert found.names("director") == film.names("director")
    assert not expected

"""Rows of ratings and tags become records."""

from collections.abc import Container
from datetime import UTC, datetime
from pathlib import Path

from apps.movies.importers.reading import RATINGS, TAGS, Row, number_of, one_line, rows
from apps.movies.importers.records import Findings, RatingRecord, TagRecord
from apps.movies.models import MovieTag

HALF_STARS = {f"{half / 2:.1f}": half for half in range(1, 11)}
"""The ten ratings that MovieLens knows, 0.5 to 5.0."""

HIGHEST_RATER = 10**9
_END_OF_TIME = 4_102_444_800  # the year 2100
_TAG_LENGTH = MovieTag._meta.get_field("tag").max_length or 0


def read_ratings(folder: Path, findings: Findings, films: Container[int]) -> list[RatingRecord]:
    """Every sound rating of a film that is there; of two by one rater the first counts."""
    found: dict[tuple[int, int], RatingRecord] = {}
    for number, row in rows(folder, RATINGS, findings):
        half_stars = HALF_STARS.get(row["rating"].strip())
        problem, key, when = _who_what_when(row, films)
        if not problem and half_stars is None:
            problem = "bad rating"
        if not problem and key in found:
            problem = "film rated twice by one rater"
        if problem:
            findings.skip(RATINGS.name, number, problem, "|".join(row.values()))
        elif half_stars:
            found[key] = RatingRecord(*key, half_stars, when)
    return list(found.values())


def read_tags(folder: Path, findings: Findings, films: Container[int]) -> list[TagRecord]:
    """Every sound tag on a film that is there, in lower case, each once per rater."""
    found: dict[tuple[int, int, str], TagRecord] = {}
    for number, row in rows(folder, TAGS, findings):
        tag = one_line(row["tag"]).lower()
        problem, key, when = _who_what_when(row, films)
        problem = problem or _tag_problem(tag)
        if not problem and (*key, tag) in found:
            problem = "the same tag twice by one rater"
        if problem:
            findings.skip(TAGS.name, number, problem, "|".join(row.values()))
        else:
            found[*key, tag] = TagRecord(*key, tag, when)
    return list(found.values())


def _tag_problem(tag: str) -> str:
    if not tag:
        return "empty tag"
    return "tag too long" if len(tag) > _TAG_LENGTH else ""


def _who_what_when(row: Row, films: Container[int]) -> tuple[str, tuple[int, int], datetime]:
    rater = number_of(row["user_id"], high=HIGHEST_RATER)
    movie_id = number_of(row["movie_id"])
    seconds = number_of(row["timestamp"], low=0, high=_END_OF_TIME)
    problem = ""
    if rater is None:
        problem = "bad user_id"
    elif movie_id is None or movie_id not in films:
        problem = "unknown film"
    elif seconds is None:
        problem = "bad timestamp"
    return problem, (rater or 0, movie_id or 0), datetime.fromtimestamp(seconds or 0, tz=UTC)

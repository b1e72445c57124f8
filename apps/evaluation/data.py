"""A data set to measure on: the sample that the project ships, or any folder of MovieLens."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from apps.evaluation.log import Log
from apps.evaluation.movielens import NoMovieLens, Row, read_folder
from apps.movies.importers.genres import MOVIELENS_GENRES
from apps.movies.importers.records import FilmRecord, RatingRecord, TagRecord
from apps.movies.importers.sample import SHIPPED_DATA, read_sample
from apps.movies.models.catalogue import FIRST_YEAR, LAST_YEAR

_TITLE = re.compile(r"(?P<title>.+?) *\((?P<year>[0-9]{4})\)")
_ARTICLE = re.compile(r"(.+), (The|A|An|Le|La|Les|Il|El|Der|Die|Das)\b")


@dataclass(frozen=True, eq=False)
class Data:
    """Ratings, the films that they are of, and the tags on these."""

    name: str
    log: Log
    films: Sequence[FilmRecord]
    tags: Sequence[TagRecord]


def read(folder: Path | None) -> Data:
    """The folder in one of MovieLens' layouts, or the shipped sample; NoMovieLens for another.

    A film of a folder gets its plot and people from the sample's of the same title and year.
    """
    if folder is None:
        sample = read_sample(SHIPPED_DATA)
        return _data("the sample", _log_of(sample.ratings), sample.films, sample.tags)
    log, rows = read_folder(folder)
    sample = read_sample(SHIPPED_DATA)
    told = {(film.title, film.year): film for film in sample.films if film.plot}
    data = _data(folder.name, log, [_film(row, told) for row in rows], ())
    if not len(data.log):
        raise NoMovieLens(
            "No rating is of a film that the file of films has. Take both of one data set."
        )
    return data


def _data(name: str, log: Log, films: Sequence[FilmRecord], tags: Sequence[TagRecord]) -> Data:
    rated = set(log.movie.tolist())
    told = [film for film in films if film.id in rated]
    ids = [film.id for film in told]
    return Data(
        name,
        log.only(np.isin(log.movie, ids)),
        told,
        [tag for tag in tags if tag.movie_id in rated],
    )


def _log_of(records: Sequence[RatingRecord]) -> Log:
    rows = [(r.rater, r.movie_id, r.half_stars, int(r.rated_at.timestamp())) for r in records]
    return Log.of(*np.array(rows, dtype=np.int64).T)


def _film(row: Row, told: Mapping[tuple[str, int | None], FilmRecord]) -> FilmRecord:
    title, year = _title_and_year(row.name)
    known = sorted({"Children" if genre == "Children's" else genre for genre in row.genres})
    genres = tuple(genre for genre in known if genre in MOVIELENS_GENRES)
    plain = FilmRecord(row.id, title, year, genres=genres)
    other = told.get((title, year))
    if other is None:
        return plain
    return replace(plain, plot=other.plot, directors=other.directors, cast=other.cast)


def _title_and_year(name: str) -> tuple[str, int | None]:
    """Brackets that hold no year of a film, or stand alone, belong to the title."""
    found = _TITLE.fullmatch(name)
    if found is None or not FIRST_YEAR <= int(found["year"]) <= LAST_YEAR:
        return _ARTICLE.sub(r"\2 \1", name), None
    return _ARTICLE.sub(r"\2 \1", found["title"]), int(found["year"])

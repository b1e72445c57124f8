"""Rows of the sample's files, read strictly: a row of another shape is skipped and remembered."""

import csv
import gzip
import unicodedata
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from apps.movies.importers.checksums import SampleError
from apps.movies.importers.records import Findings

LONGEST_FIELD = 10_000_000
"""Characters that one field may have; the longest plot of the sample has 40 thousand."""

Row = dict[str, str]


class DataFile(NamedTuple):
    """One file of the data folder and the columns that it must have."""

    name: str
    columns: tuple[str, ...]


FILMS = DataFile(
    "films/films.csv.gz",
    (
        "film_id",
        "movielens_id",
        "title",
        "year",
        "genres",
        "origin",
        "directors",
        "cast",
        "text",
        "text_source",
        "wiki_url",
    ),
)
MOVIES = DataFile(
    "movielens/movies.csv.gz", ("movie_id", "imdb_id", "tmdb_id", "title", "year", "genres")
)
RATINGS = DataFile("movielens/ratings.csv.gz", ("user_id", "movie_id", "rating", "timestamp"))
TAGS = DataFile("movielens/tags.csv.gz", ("user_id", "movie_id", "tag", "timestamp"))


def rows(folder: Path, file: DataFile, findings: Findings) -> Iterator[tuple[int, Row]]:
    """Each sound row with its number from 1; SampleError when the file itself is unsound."""
    csv.field_size_limit(LONGEST_FIELD)
    path = folder / file.name
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as lines:
            yield from _sound_rows(csv.reader(lines, strict=True), file, findings)
    except UnicodeDecodeError:
        raise SampleError(f"{path} is not UTF-8.") from None
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise SampleError(f"{path} cannot be read: {error}.") from None


def _sound_rows(
    reader: Iterable[list[str]], file: DataFile, findings: Findings
) -> Iterator[tuple[int, Row]]:
    lines = iter(reader)
    header = next(lines, [])
    if missing := [column for column in file.columns if column not in header]:
        raise SampleError(f"{file.name} has no column {', '.join(missing)}.")
    for number, values in enumerate(lines, start=1):
        findings.read[file.name] += 1
        if len(values) != len(header):
            findings.skip(file.name, number, "wrong number of columns", str(len(values)))
        elif "\0" in "".join(values):
            findings.skip(file.name, number, "NUL character")
        else:
            yield number, dict(zip(header, values, strict=True))


def number_of(value: str, *, low: int = 1, high: int = 2**63 - 1) -> int | None:
    """A whole number in plain digits within the bounds, or None."""
    if not (value.isascii() and value.isdecimal() and len(value) < 20):
        return None
    number = int(value)
    return number if low <= number <= high else None


def parts(value: str) -> list[str]:
    """The values of a list field, without empty ones."""
    return [part for part in (piece.strip() for piece in value.split("|")) if part]


def one_line(value: str) -> str:
    """Text with single spaces and composed accents."""
    return " ".join(unicodedata.normalize("NFC", value).split())


def distinct(values: Iterable[str]) -> tuple[str, ...]:
    """The values in their order, each once."""
    return tuple(dict.fromkeys(values))

"""A small data folder like data/sample, written row by row."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from apps.movies.importers.reading import FILMS, MOVIES, RATINGS, TAGS, DataFile

Line = Mapping[str, object] | Sequence[str]
"""A row by column, the rest empty; or its values as they are, however many."""


def film(film_id: object = 1_000_001, title: str = "Heat", **columns: object) -> Line:
    """A row of films.csv."""
    return {"film_id": film_id, "title": title, "year": 1995, **columns}


def movie(movie_id: object = 1, title: str = "Heat", **columns: object) -> Line:
    """A row of MovieLens' movies.csv."""
    return {"movie_id": movie_id, "title": title, "year": 1995, **columns}


def rating(user_id: object, movie_id: object, stars: object = "4.0", at: object = 1000) -> Line:
    """A row of ratings.csv."""
    return {"user_id": user_id, "movie_id": movie_id, "rating": stars, "timestamp": at}


def tag(user_id: object, movie_id: object, text: str, at: object = 2000) -> Line:
    """A row of tags.csv."""
    return {"user_id": user_id, "movie_id": movie_id, "tag": text, "timestamp": at}


def write_folder(
    folder: Path,
    *,
    films: Iterable[Line] = (),
    movies: Iterable[Line] = (),
    ratings: Iterable[Line] = (),
    tags: Iterable[Line] = (),
) -> Path:
    """Write the four files and the README that names their checksums."""
    for file, lines in ((FILMS, films), (MOVIES, movies), (RATINGS, ratings), (TAGS, tags)):
        write_file(folder, file, lines)
    seal(folder)
    return folder


def write_file(folder: Path, file: DataFile, lines: Iterable[Line]) -> None:
    """Write one file, as csv in gzip."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(file.columns)
    for line in lines:
        values = line
        if isinstance(line, Mapping):
            values = [str(line.get(column, "")) for column in file.columns]
        writer.writerow(values)
    write_bytes(folder, file, gzip.compress(text.getvalue().encode()))


def write_bytes(folder: Path, file: DataFile, content: bytes) -> None:
    """Write one file as it is."""
    path = folder / file.name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def seal(folder: Path) -> None:
    """Write the README that names the files' checksums."""
    lines = [
        f"{hashlib.sha256((folder / file.name).read_bytes()).hexdigest()}  {file.name}"
        for file in (FILMS, MOVIES, RATINGS, TAGS)
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n", encoding="utf-8")


def silent(what: str, done: int, total: int) -> None:
    """A progress that shows nothing."""

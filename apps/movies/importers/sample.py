"""The sample catalogue, from its folder into Postgres.

Bulk import writes no messages: the projections are rebuilt after it (`SYNC.md`, rule 5).
"""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

from apps.movies.importers import checksums, loading
from apps.movies.importers.catalogue import read_films
from apps.movies.importers.checksums import SampleError
from apps.movies.importers.loading import STAGES, Stage
from apps.movies.importers.opinions import read_ratings, read_tags
from apps.movies.importers.people import note_spellings
from apps.movies.importers.reading import FILMS, MOVIES, RATINGS, TAGS
from apps.movies.importers.records import FilmRecord, Findings, Sample, TagRecord
from apps.movies.importers.report import Report
from apps.movies.models import Credit
from apps.movies.selectors import Film, FilmCredit
from apps.outbox.projections import Progress

SHIPPED_DATA = Path(__file__).resolve().parents[3] / "data" / "sample"
"""The folder of the sample that the project ships."""

TRY_LOCK = "SELECT pg_try_advisory_lock(hashtext('cinemesh import_sample'))"
UNLOCK = "SELECT pg_advisory_unlock(hashtext('cinemesh import_sample'))"


def read_sample(folder: Path, *, films_only: bool = False) -> Sample:
    """Everything in the folder, after its checksums; with `films_only` without MovieLens' half.

    Raises SampleError when a file is missing, unsound, or not the one that the README names.
    """
    files = (FILMS,) if films_only else (FILMS, MOVIES, RATINGS, TAGS)
    checksums.verify(folder, [file.name for file in files])
    findings = Findings()
    films = read_films(folder, findings, films_only=films_only)
    note_spellings(films, findings)
    if films_only:
        return Sample(films, (), (), findings)
    ids = {film.id for film in films}
    ratings = read_ratings(folder, findings, ids)
    return Sample(films, ratings, read_tags(folder, findings, ids), findings)


def import_sample(
    folder: Path,
    progress: Progress,
    *,
    films_only: bool = False,
    stages: Sequence[Stage] = STAGES,
) -> Report:
    """Load into Postgres what is not there yet, and say what was done.

    Stages before the one that fails, or before a kill, stay; the next run does the rest.
    """
    seconds: dict[str, float] = {}
    with _alone():
        with _timed("reading", seconds):
            sample = read_sample(folder, films_only=films_only)
            load = loading.begin(sample, progress)
        for stage in stages:
            with _timed(stage.name, seconds):
                loading.run_stage(stage, load)
        with _timed("statistics", seconds):
            loading.finish()
    return Report(sample.findings, load.loaded, load.notes, seconds)


def sample_films(folder: Path = SHIPPED_DATA) -> Iterator[Film]:
    """Each film of the sample as `selectors.films` gives it once it is imported, without a
    database. The ids of its people are 0."""
    sample = read_sample(folder)
    tags = _tags_by_film(sample.tags)
    for film in sample.films:
        yield Film(
            id=film.id,
            title=film.title,
            year=film.year,
            origin=film.origin,
            plot=film.plot,
            genres=film.genres,
            tags=tuple(tags[film.id]),
            credits=tuple(_credits(film)),
        )


def _tags_by_film(tags: Sequence[TagRecord]) -> defaultdict[int, list[str]]:
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    for tag in tags:
        counts[tag.movie_id][tag.tag] += 1
    return defaultdict(
        list,
        {film: sorted(used, key=lambda tag: (-used[tag], tag)) for film, used in counts.items()},
    )


def _credits(film: FilmRecord) -> Iterator[FilmCredit]:
    for role, names in ((Credit.Role.ACTOR, film.cast), (Credit.Role.DIRECTOR, film.directors)):
        for position, name in enumerate(names):
            yield FilmCredit(person_id=0, name=name, role=str(role), position=position)


@contextmanager
def _alone() -> Iterator[None]:
    """One import at a time; the lock ends with the connection, however the process ends."""
    with connection.cursor() as cursor:
        cursor.execute(TRY_LOCK)
        if not cursor.fetchone()[0]:
            raise SampleError("Another import is running. Nothing was imported.")
        try:
            yield
        finally:
            cursor.execute(UNLOCK)


@contextmanager
def _timed(name: str, seconds: dict[str, float]) -> Iterator[None]:
    started = time.monotonic()
    yield
    seconds[name] = time.monotonic() - started

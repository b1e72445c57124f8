"""From records to rows of Postgres, stage by stage; each stage is one transaction.

A stage loads what is not there yet and leaves alone what is: a second run changes nothing, a run
that was killed is completed by the next, and what an operator has changed stays changed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

from django.db import connection, transaction

from apps.movies.importers import tables
from apps.movies.importers.copying import (
    CopyTarget,
    MergeTarget,
    Value,
    copy_rows,
    merge_rows,
)
from apps.movies.importers.follows import generated_follows
from apps.movies.importers.people import SOURCE, credited_people, person_key
from apps.movies.importers.records import FilmRecord, Sample
from apps.movies.models import Credit, Genre, Movie, Person
from apps.outbox.projections import Progress
from apps.users import provisioning
from apps.users.provisioning import ImportedFollow, ImportedMember


@dataclass
class Load:
    """One import as its stages see it: the sample, what is there, what came, what was met.

    `fresh` are the films to load; `foreign` are ids under which other films stand.
    """

    sample: Sample
    progress: Progress
    fresh: list[FilmRecord] = field(default_factory=list)
    foreign: set[int] = field(default_factory=set)
    member_ids: dict[int, int] = field(default_factory=dict)
    loaded: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def copy(self, target: CopyTarget, rows: Iterable[tuple[Value, ...]]) -> None:
        """Load rows that are new."""
        self.loaded[target.what] = copy_rows(target, list(rows), self.progress)

    def merge(self, target: MergeTarget, rows: Iterable[tuple[Value, ...]]) -> None:
        """Load the rows that are new among these."""
        self.loaded[target.what] = merge_rows(target, list(rows), self.progress)


class Stage(NamedTuple):
    """A part of the import that is there wholly or not at all."""

    name: str
    load: Callable[[Load], None]


def begin(sample: Sample, progress: Progress) -> Load:
    """Compare the sample's films with those that are there."""
    load = Load(sample, progress)
    present = {
        row[0]: row[1:]
        for row in Movie.objects.values_list("id", "title", "source_url", "imdb_id").iterator()
    }
    for film in sample.films:
        if film.id not in present:
            load.fresh.append(film)
        elif not _is_same(film, present[film.id]):
            load.foreign.add(film.id)
    if load.foreign:
        load.notes.append(
            f"{len(load.foreign)} films were left out: other films stand under their ids, "
            f"e.g. {min(load.foreign)}"
        )
    _free_imdb_ids(load, {row[2]: film_id for film_id, row in present.items() if row[2]})
    return load


def run_stage(stage: Stage, load: Load) -> None:
    """Do one stage in a transaction of its own."""
    with transaction.atomic():
        stage.load(load)


def finish() -> None:
    """Give the planner fresh statistics and empty the search indexes' waiting lists."""
    _execute(tables.TIDY)
    _execute(tables.ANALYZE)


def _load_people(load: Load) -> None:
    load.merge(tables.PEOPLE, ((name, key) for key, name in credited_people(load.fresh).items()))


def _load_films(load: Load) -> None:
    load.copy(tables.FILMS, map(_film_row, load.fresh))
    genre_ids = _genre_ids(load)
    load.copy(
        tables.GENRES,
        ((film.id, genre_ids[name]) for film in load.fresh for name in film.genres),
    )
    person_ids = dict(
        Person.objects.filter(source=SOURCE).values_list("source_key", "id").iterator()
        if load.fresh
        else ()
    )
    load.copy(
        tables.CREDITS, (row for film in load.fresh for row in _credit_rows(film, person_ids))
    )
    if load.fresh:
        _execute(tables.RAISE_MOVIE_IDS)


def _genre_ids(load: Load) -> dict[str, int]:
    names = {name for film in load.fresh for name in film.genres}
    missing = sorted(names - set(Genre.objects.values_list("name", flat=True)))
    Genre.objects.bulk_create([Genre(name=name) for name in missing])
    load.loaded["genres"] = len(missing)
    return dict(Genre.objects.values_list("name", "id"))


def _load_members(load: Load) -> None:
    joined: dict[int, datetime] = {}
    for rating in load.sample.ratings:
        joined[rating.rater] = min(rating.rated_at, joined.get(rating.rater, rating.rated_at))
    for tag in load.sample.tags:
        joined[tag.rater] = min(tag.tagged_at, joined.get(tag.rater, tag.tagged_at))
    members = {
        rater: ImportedMember(name := f"rater-{rater:04}", f"{name}@sample.invalid", joined[rater])
        for rater in sorted(joined)
    }
    load.loaded["members"], ids = provisioning.import_members(members=list(members.values()))
    load.member_ids = {
        rater: ids[member.username] for rater, member in members.items() if member.username in ids
    }
    if taken := [member.username for member in members.values() if member.username not in ids]:
        load.notes.append(
            f"{len(taken)} raters were left out: someone else has the name, e.g. {taken[0]}"
        )


def _load_ratings(load: Load) -> None:
    load.merge(
        tables.RATINGS,
        (
            (load.member_ids[row.rater], row.movie_id, row.half_stars, row.rated_at)
            for row in load.sample.ratings
            if row.rater in load.member_ids and row.movie_id not in load.foreign
        ),
    )


def _load_tags(load: Load) -> None:
    load.merge(
        tables.TAGS,
        (
            (load.member_ids[row.rater], row.movie_id, row.tag, row.tagged_at)
            for row in load.sample.tags
            if row.rater in load.member_ids and row.movie_id not in load.foreign
        ),
    )


def _load_follows(load: Load) -> None:
    ids = load.member_ids
    load.loaded["follows"] = provisioning.import_follows(
        follows=[
            ImportedFollow(ids[follow.follower], ids[follow.followee], follow.since)
            for follow in generated_follows(load.sample.ratings)
            if follow.follower in ids and follow.followee in ids
        ]
    )


STAGES = (
    Stage("people", _load_people),
    Stage("films", _load_films),
    Stage("members", _load_members),
    Stage("ratings", _load_ratings),
    Stage("tags", _load_tags),
    Stage("follows", _load_follows),
)
"""In this order; a stage relies on those before it in the same run."""


def _is_same(film: FilmRecord, present: tuple[str, str, str]) -> bool:
    """An operator may have edited the film that stands under the id, but hardly all of this."""
    title, source_url, imdb_id = present
    return (
        film.title == title
        or (source_url != "" and film.source_url == source_url)
        or (imdb_id != "" and film.imdb_id == imdb_id)
    )


def _free_imdb_ids(load: Load, owners: dict[str, int]) -> None:
    """A film whose imdb_id another film already has is loaded without it."""
    taken = [film for film in load.fresh if film.imdb_id in owners]
    for film in taken:
        load.fresh[load.fresh.index(film)] = replace(film, imdb_id="")
    if taken:
        load.notes.append(
            f"{len(taken)} films were loaded without their imdb_id: another film has it, "
            f"e.g. {taken[0].imdb_id}"
        )


def _film_row(film: FilmRecord) -> tuple[Value, ...]:
    return (
        film.id,
        film.title,
        film.year,
        film.origin,
        film.plot,
        film.plot_source,
        film.source_url,
        film.imdb_id,
        film.tmdb_id,
    )


def _credit_rows(film: FilmRecord, person_ids: Mapping[str, int]) -> Iterable[tuple[Value, ...]]:
    for role, names in ((Credit.Role.DIRECTOR, film.directors), (Credit.Role.ACTOR, film.cast)):
        for position, name in enumerate(names):
            yield film.id, person_ids[person_key(name)], str(role), position


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)

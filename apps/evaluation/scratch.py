"""The stores as they would be if no more were known than a split tells, the training included.

Films, their people and the tags on them are there whole. Nobody follows anybody: no MovieLens data
set knows of follows.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from django.core.management import call_command
from django.db.models import CharField, Value
from django.db.models.functions import Cast, Concat

from apps.common.errors import Conflict
from apps.evaluation.data import Data
from apps.evaluation.log import Log
from apps.movies.importers import loading
from apps.movies.importers.loading import STAGES, Load
from apps.movies.importers.records import Findings, RatingRecord, Sample
from apps.movies.models import Movie, Person, Rating
from apps.outbox.progress import ProgressBars
from apps.recommendations import training
from apps.recommendations.learning.ratings import learnable_ratings
from apps.vectors import factors

_STAGES = {stage.name: stage for stage in STAGES}


class NotScratch(Conflict):
    """These stores are in use. An evaluation replaces all ratings, so it needs empty ones."""

    code = "not_scratch"


def load(data: Data) -> Load:
    """Films, people, members and tags into empty stores; NotScratch when a film is there."""
    if Movie.objects.exists():
        raise NotScratch
    begun = loading.begin(
        Sample(data.films, _records(data.log), data.tags, Findings()), ProgressBars()
    )
    for name in ("people", "films", "members", "tags"):
        loading.run_stage(_STAGES[name], begun)
    loading.finish()
    call_command("sync_schemas")
    return begun


def know(begun: Load, log: Log) -> dict[int, int]:
    """Let the stores know these ratings alone, and train on them; gives the members by person.

    The training serves however good it is: a refused one could not be compared.
    """
    Rating.objects.all().delete()
    begun.sample = replace(begun.sample, ratings=_records(log))
    loading.run_stage(_STAGES["ratings"], begun)
    loading.finish()
    call_command("rebuild", "graph", "recommendations", in_place=True)
    learned = training.learn(learnable_ratings())
    factors.keep(learned, seconds=0.0, learned_from={}, figures={"held_out_ndcg_at_10": 0.0})
    _rebuild_vectors()
    return begun.member_ids


def unmask() -> None:
    """Let the text of each film name its people, for good: as the plot has them, and its tags.

    Names of one word are not masked, so everybody gets one. Who they are and what they made stays.
    """
    Person.objects.update(name=Concat(Value("person-"), Cast("id", CharField())))
    _rebuild_vectors()


def _rebuild_vectors() -> None:
    """Texts that no cache has are embedded here, however long that takes: a service that answers
    visitors has a deadline."""
    call_command("build_embedding_cache")
    call_command("rebuild", "vectors")
    call_command("rebuild", "vectors", finalise=True, yes=True)


def _records(log: Log) -> Sequence[RatingRecord]:
    """Oldest first: of one second's ratings, the stores take the one that came later as newer."""
    columns = (log.person, log.movie, log.half_stars, log.when)
    rows = zip(*(column[::-1].tolist() for column in columns), strict=True)
    return [
        RatingRecord(person, movie, half_stars, datetime.fromtimestamp(when, tz=UTC))
        for person, movie, half_stars, when in rows
    ]

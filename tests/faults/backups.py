"""A backup of one world, and Postgres going back to it while the stores keep what they have."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.core import serializers
from django.db import connection, transaction
from django.db.models import Model, QuerySet

from apps.movies.models import Credit, Movie, MovieStatistics, Person, Rating
from apps.movies.topics import MOVIE, PERSON, RATING
from apps.outbox.actions import publish_many
from apps.outbox.fences import last_drawn
from apps.outbox.models import Message
from apps.outbox.restoring import begin_epoch, found_in_stores
from apps.users.models import Block, Follow, User
from apps.users.topics import FOLLOW, MEMBER
from tests.faults.world import Fact, World

SET_LAST_FENCE = "SELECT setval('outbox_fence_sequence', %s)"


@dataclass(frozen=True)
class Backup:
    """What Postgres held of a world, its waiting messages included."""

    rows: str
    facts: dict[Fact, Any]

    @classmethod
    def of(cls, world: World) -> "Backup":
        """As things stand."""
        held = [row for rows in _held(world) for row in rows]
        return cls(serializers.serialize("json", held), dict(world.facts))

    @transaction.atomic
    def restore(self, world: World) -> None:
        """Postgres forgets what came after it; then what `after_restore` does, for this world.

        Fences begin anew, below all that the stores hold, as after the restore of an old backup.
        Only what the stores hold of ids is left out: every world has some of its own.
        """
        for rows in reversed(_held(world)):
            rows.delete()
        for row in serializers.deserialize("json", self.rows):
            row.save()
        with connection.cursor() as cursor:
            cursor.execute(SET_LAST_FENCE, [1])
        begin_epoch(replace(found_in_stores(), ids={}))
        world.absent |= {user for user in world.members if ("member", user) not in world}
        world.facts = dict(self.facts)
        _publish_all(world)


def keep_above_the_stores() -> None:
    """Let the sequence alone draw above what the stores hold: later tests know no epoch."""
    with connection.cursor() as cursor:
        cursor.execute(SET_LAST_FENCE, [last_drawn()])


def _held(world: World) -> Sequence[QuerySet[Model]]:
    """Each kind of row after those that it refers to."""
    return (
        User.objects.filter(pk__in=world.members),
        Movie.objects.filter(pk__in=world.films),
        Person.objects.filter(pk=world.person),
        MovieStatistics.objects.filter(pk__in=world.films),
        Credit.objects.filter(movie__in=world.films),
        Follow.objects.filter(follower__in=world.members),
        Block.objects.filter(blocker__in=world.members),
        Rating.objects.filter(user__in=world.members),
        Message.objects.filter(key__in=world.keys),
    )


def _publish_all(world: World) -> None:
    """Every fact that there may be: a store may hold what Postgres knows nothing of."""
    publish_many(MEMBER, [(user,) for user in world.members])
    publish_many(MOVIE, [(film,) for film in world.films])
    publish_many(PERSON, [(world.person,)])
    publish_many(FOLLOW, [world.members, world.members[::-1]])
    publish_many(RATING, [(user, film) for user in world.members for film in world.films])

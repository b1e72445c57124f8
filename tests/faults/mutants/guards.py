"""The guards of the protocol, each taken out by a small change of our code: the seven mutants."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from qdrant_client import models

from apps.feeds import scripts
from apps.feeds.timeline import get_timelines
from apps.graph import edges, films, locking, nodes
from apps.movies import actions as opinions
from apps.outbox import actions, claims, relay
from apps.outbox.topics import Topic
from apps.vectors import client, generations, writes

Patch = pytest.MonkeyPatch
Mutant = Callable[[Patch], None]

GRAVE = """MERGE (grave:Tombstone {key: '%s:' + %s})
SET grave.fence = CASE WHEN grave.fence > $fence THEN grave.fence ELSE $fence END
"""

EDGE_IS_NEWER = "WHERE coalesce(held, -1) < $fence AND coalesce(grave.fence, -1) < $fence"
NODE_IS_NEWER = "WHERE coalesce(%s.fence, -1) < $fence AND coalesce(grave.fence, -1) < $fence"

BY_KEY = """
DELETE FROM outbox_message WHERE (destination, topic, key) IN (
    SELECT destination, topic, key FROM outbox_message WHERE id = ANY(%s)
) RETURNING topic, key
"""


def without(patch: Patch, module: Any, name: str, guard: str, instead: str = "") -> None:
    """Take a guard out of a query; it must be there."""
    query = getattr(module, name)
    assert guard in query, f"{name} has no {guard!r}"
    patch.setattr(module, name, query.replace(guard, instead))


def no_fence_in_the_graph(patch: Patch) -> None:
    for name in ("PUT_FOLLOWS", "PUT_LIKES"):
        without(patch, edges, name, EDGE_IS_NEWER, "WHERE true")
    without(patch, nodes, "PUT_USERS", NODE_IS_NEWER % "user", "WHERE true")
    without(patch, nodes, "PUT_PEOPLE", NODE_IS_NEWER % "person", "WHERE true")
    without(patch, films, "NEWER_MOVIES", NODE_IS_NEWER % "film", "WHERE true")


def no_fence_in_the_vectors(patch: Patch) -> None:
    patch.setattr(writes, "below", lambda fence: models.Filter())


def no_fence_in_the_timelines(patch: Patch) -> None:
    without(patch, scripts, "APPLY", "if tonumber(fence) < tonumber", "if false and tonumber")
    timelines = get_timelines()
    patch.setattr(timelines, "_apply", timelines._writes.register_script(scripts.APPLY))


def no_tombstone_in_the_graph(patch: Patch) -> None:
    without(patch, edges, "DROP_FOLLOWS", GRAVE % ("follow", "row[0] + ':' + row[1]"))
    without(patch, edges, "DROP_LIKES", GRAVE % ("like", "row[0] + ':' + row[1]"))
    without(patch, nodes, "DROP_USERS", GRAVE % ("user", "row[0]"))
    without(patch, nodes, "DROP_PEOPLE", GRAVE % ("person", "row[0]"))
    without(patch, films, "DROP_MOVIES", GRAVE % ("movie", "id"))


def no_tombstone_in_the_vectors(patch: Patch) -> None:
    def delete(store: Any, movie_ids: list[int], fence: Any) -> None:
        for generation in fence.generations:
            client.connection().writer.delete(generations.films(generation), movie_ids)

    patch.setattr(writes.VectorWrites, "drop_films", delete)


def no_lock_of_the_owner(patch: Patch) -> None:
    for name in ("LOCK_USERS", "LOCK_MOVIES"):
        without(patch, locking, name, " SET node.lock = true")


def deletes_by_key(patch: Patch) -> None:
    patch.setattr(claims, "DELETE", BY_KEY)


def polls_by_id(patch: Patch) -> None:
    """A relay remembers the last id that it saw of a destination, and looks above it alone."""
    claim_lanes = relay.claim_lanes
    last: dict[str, int] = {}

    def claim_new(destination: str, *, limit: int) -> claims.Claim | None:
        claim = claim_lanes(destination, limit=limit)
        if claim is None:
            return None
        seen = last.get(destination, 0)
        new = tuple(message for message in claim.messages if message.id > seen)
        last[destination] = max([seen, *(message.id for message in new)])
        return replace(claim, messages=new) if new else None

    patch.setattr(relay, "claim_lanes", claim_new)


def deletes_before_the_store_answered(patch: Patch) -> None:
    def delete_and_apply(claim: claims.Claim) -> Collection[tuple[str, str]]:
        claims.complete(claim)
        return apply(claim)

    apply = relay.apply
    patch.setattr(relay, "apply", delete_and_apply)


def publishes_in_an_earlier_transaction(patch: Patch) -> None:
    publish_many = actions.publish_many

    def publish_early(topic: Topic, keys: Iterable[Sequence[int]]) -> list[int]:
        def publish_beside() -> list[int]:
            try:
                with transaction.atomic():
                    return publish_many(topic, keys)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            return pool.submit(publish_beside).result()

    def publish_early_with(
        statement: str, values: Mapping[str, Any], topic: Topic, *key: int
    ) -> tuple[Any, ...]:
        publish_early(topic, [key])
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchone()

    patch.setattr(actions, "publish_many", publish_early)
    patch.setattr(opinions, "publish_with", publish_early_with)

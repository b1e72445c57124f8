"""The graph made anew in place, while it serves: Neo4j Community has one database.

Everything is put again, chunk by chunk, each chunk under a fence drawn before its read. Then what
stayed below the first fence is in no record: it is dropped under that fence, which leaves
tombstones. Last the floor rises, and the tombstones below it go.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from django.db import models, transaction

from apps.common.errors import StoreUnavailable
from apps.graph import projectors
from apps.graph.driver import STORE, TRANSACTION_SECONDS
from apps.graph.locking import chunks
from apps.graph.schema import ensure_schema
from apps.graph.store import GraphStore, get_graph
from apps.movies.models import LIKE, Movie, Person, Rating
from apps.movies.selectors import RatingFact, films, people
from apps.movies.topics import MOVIE, RATING
from apps.outbox.actions import publish_many
from apps.outbox.fences import Fence, draw
from apps.outbox.projections import Progress
from apps.outbox.topics import Key, Topic
from apps.users.models import Follow, User
from apps.users.selectors import FollowEdge, members
from apps.users.topics import FOLLOW

T = TypeVar("T")

CHUNK = 1_000
"""Objects under one fence."""

ROUNDS = 5
"""How often what must be read again is read again here, before the relay is asked to."""


def rebuild(progress: Progress) -> None:
    """Bring the graph to what Postgres says; safe beside the relay, and safe to break off."""
    ensure_schema()
    graph = get_graph()
    first = draw("graph")
    if graph.is_empty():
        # Whatever was read before this cannot know what the lost tombstones knew.
        graph.raise_floor(first.number)
    _put_all(graph, progress)
    _sweep(graph, first, progress)
    _purge(graph, first)


def _put_all(graph: GraphStore, progress: Progress) -> None:
    for ids in _pages("members", User.objects.filter(is_active=True), progress):
        fence = draw("graph")
        graph.put_users(members(ids).values(), fence)
    for ids in _pages("people", Person.objects.all(), progress):
        fence = draw("graph")
        graph.put_people(people(ids).values(), fence)
    for ids in _pages("films", Movie.objects.all(), progress):
        fence = draw("graph")
        left = graph.put_movies(films(ids).values(), fence)
        _again(MOVIE, projectors.project_movies, [(movie_id,) for movie_id in left])
    for ids in _pages("follows", Follow.objects.all(), progress):
        fence = draw("graph")
        _again(FOLLOW, projectors.project_follows, graph.put_follows(_follows(ids), fence))
    likes = Rating.objects.filter(half_stars__gte=LIKE)
    for ids in _pages("likes", likes, progress):
        fence = draw("graph")
        _again(RATING, projectors.project_ratings, graph.put_likes(_likes(ids), fence))


def _pages(
    what: str, rows: "models.QuerySet[models.Model]", progress: Progress
) -> Iterator[Sequence[int]]:
    """The ids as they are now; what comes later has messages of its own."""
    ids = list(rows.order_by("pk").values_list("pk", flat=True))
    progress(what, 0, len(ids))
    done = 0
    for page in chunks(ids, CHUNK):
        yield page
        done += len(page)
        progress(what, done, len(ids))


def _follows(ids: Sequence[int]) -> list[FollowEdge]:
    rows = Follow.objects.filter(
        pk__in=ids,
        state=Follow.State.ACCEPTED,
        follower__is_active=True,
        followee__is_active=True,
    )
    return [FollowEdge(*row) for row in rows.values_list("follower_id", "followee_id", "since")]


def _likes(ids: Sequence[int]) -> list[RatingFact]:
    rows = Rating.objects.filter(pk__in=ids, half_stars__gte=LIKE, user__is_active=True)
    return [
        RatingFact(*row)
        for row in rows.values_list("user_id", "movie_id", "half_stars", "rated_at")
    ]


def _again(
    topic: Topic,
    project: Callable[[Sequence[Key], Fence], Iterable[Key]],
    keys: Iterable[Key],
) -> None:
    """Ends that were dropped or came back meanwhile: read again, in the end by the relay."""
    left = list(keys)
    for _ in range(ROUNDS):
        if not left:
            return
        left = list(project(left, draw("graph")))
    with transaction.atomic():
        publish_many(topic, left)


def _sweep(graph: GraphStore, first: Fence, progress: Progress) -> None:
    """Edges first: a node that goes takes its edges, and then nothing tells of them."""
    number = first.number
    _drop_old("old follows", graph.old_follows(number), graph.drop_follows, first, progress)
    _drop_old("old likes", graph.old_likes(number), graph.drop_likes, first, progress)
    _drop_old("old films", graph.old_movies(number), graph.drop_movies, first, progress)
    _drop_old("old people", graph.old_people(number), graph.drop_people, first, progress)
    _drop_old("old members", graph.old_users(number), graph.drop_users, first, progress)
    graph.drop_empty_genres()


def _drop_old(
    what: str,
    old: Sequence[T],
    drop: Callable[[Sequence[T], Fence], None],
    fence: Fence,
    progress: Progress,
) -> None:
    done = 0
    for part in chunks(old, CHUNK):
        drop(part, fence)
        done += len(part)
        progress(what, done, len(old))


def _purge(graph: GraphStore, first: Fence) -> None:
    """Everything older than `first` is superseded: refuse its late writers, forget its graves.

    A transaction that looked at the floor before it rose may still write: wait until it is over.
    """
    graph.raise_floor(first.number)
    raised = graph.moment()
    end = time.monotonic() + 2 * TRANSACTION_SECONDS
    while graph.transactions_since(raised):
        if time.monotonic() > end:
            raise StoreUnavailable(STORE, "A transaction does not end; tombstones stay.")
        time.sleep(0.05)
    while graph.purge_tombstones(first.number):
        pass

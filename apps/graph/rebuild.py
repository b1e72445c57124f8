"""The graph made anew in place, while it serves: Neo4j Community has one database.

Everything is put again, chunk by chunk, each chunk under a fence drawn before its read. Then what
stayed below the first fence is in no record: it is dropped under that fence, which leaves
tombstones. Last the floor rises, and the tombstones below it go.
"""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from apps.common.errors import StoreUnavailable
from apps.graph.bulk import Stage, put_all
from apps.graph.driver import STORE, TRANSACTION_SECONDS
from apps.graph.locking import BATCH, chunks
from apps.graph.schema import take_steps
from apps.graph.store import GraphStore, get_graph
from apps.movies.models import LIKE, Movie, Person, Rating
from apps.movies.selectors import Film, PersonName, RatingFact, films, people
from apps.movies.topics import MOVIE, PERSON, RATING
from apps.outbox.fences import Fence, draw
from apps.outbox.projections import Progress
from apps.outbox.topics import Key
from apps.users.models import Follow, User
from apps.users.selectors import FollowEdge, Member, members
from apps.users.topics import FOLLOW, MEMBER

T = TypeVar("T")


def rebuild(progress: Progress) -> None:
    """Bring the graph to what Postgres says; safe beside the relay, and safe to break off."""
    take_steps()
    graph = get_graph()
    first = draw("graph")
    if graph.is_empty():
        # Whatever was read before this cannot know what the lost tombstones knew.
        graph.raise_floor(first.number)
    _put_all(graph, progress)
    _sweep(graph, first, progress)
    _purge(graph, first)
    graph.warm_up()


def _put_all(graph: GraphStore, progress: Progress) -> None:
    """People and opinions touch nothing in common, so they go side by side; films come last."""
    active = User.objects.filter(is_active=True)
    likes = Rating.objects.filter(half_stars__gte=LIKE, learn=True)

    def put_movies(page: Sequence[Film], fence: Fence) -> list[Key]:
        return [(movie_id,) for movie_id in graph.put_movies(page, fence)]

    put_all([Stage("members", MEMBER, active, _members, graph.put_users)], progress)
    put_all(
        [
            Stage("people", PERSON, Person.objects.all(), _people, graph.put_people),
            Stage("follows", FOLLOW, Follow.objects.all(), _follows, graph.put_follows),
            Stage("likes", RATING, likes, _likes, graph.put_likes),
        ],
        progress,
    )
    put_all([Stage("films", MOVIE, Movie.objects.all(), _films, put_movies)], progress)


def _members(ids: Sequence[int]) -> list[Member]:
    return list(members(ids).values())


def _people(ids: Sequence[int]) -> list[PersonName]:
    return list(people(ids).values())


def _films(ids: Sequence[int]) -> list[Film]:
    return list(films(ids).values())


def _follows(ids: Sequence[int]) -> list[FollowEdge]:
    rows = Follow.objects.filter(
        pk__in=ids,
        state=Follow.State.ACCEPTED,
        follower__is_active=True,
        followee__is_active=True,
    )
    return [FollowEdge(*row) for row in rows.values_list("follower_id", "followee_id", "since")]


def _likes(ids: Sequence[int]) -> list[RatingFact]:
    rows = Rating.objects.filter(pk__in=ids, half_stars__gte=LIKE, learn=True, user__is_active=True)
    return [
        RatingFact(*row)
        for row in rows.values_list("user_id", "movie_id", "half_stars", "rated_at")
    ]


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
    for part in chunks(old, BATCH):
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

"""Brings members, follows, films, people and likes into the graph, as they are now.

Each reads after its fence was drawn, puts what is there and drops what is not. The order in which
the writes arrive does not matter; a second arrival changes nothing.
"""

from collections.abc import Sequence

from apps.graph.store import get_graph
from apps.movies import selectors as movies
from apps.movies.topics import MOVIE, PERSON, RATING
from apps.outbox.fences import Fence
from apps.outbox.registry import projects
from apps.outbox.topics import Key
from apps.users import selectors as users
from apps.users.topics import FOLLOW, MEMBER


@projects(MEMBER, into="graph")
def project_members(keys: Sequence[Key], fence: Fence) -> None:
    """An active member has a node; any other has none, and no edges."""
    members = users.members(user_id for (user_id,) in keys)
    graph = get_graph()
    graph.put_users(members.values(), fence)
    graph.drop_users([user_id for (user_id,) in keys if user_id not in members], fence)


@projects(FOLLOW, into="graph")
def project_follows(keys: Sequence[Key], fence: Fence) -> Sequence[Key]:
    """An accepted follow is an edge."""
    pairs = [(follower, followee) for follower, followee in keys]
    follows = users.follows_of(pairs)
    gone = [pair for pair in pairs if pair not in follows]
    return get_graph().put_follows(follows.values(), fence, gone=gone)


@projects(MOVIE, into="graph")
def project_movies(keys: Sequence[Key], fence: Fence) -> Sequence[Key]:
    """A film has a node with its genres and credits."""
    films = movies.films(movie_id for (movie_id,) in keys)
    graph = get_graph()
    again = graph.put_movies(films.values(), fence)
    graph.drop_movies([movie_id for (movie_id,) in keys if movie_id not in films], fence)
    return [(movie_id,) for movie_id in again]


@projects(PERSON, into="graph")
def project_people(keys: Sequence[Key], fence: Fence) -> None:
    """Someone who acted in or directed films has a node."""
    people = movies.people(person_id for (person_id,) in keys)
    graph = get_graph()
    graph.put_people(people.values(), fence)
    graph.drop_people([person_id for (person_id,) in keys if person_id not in people], fence)


@projects(RATING, into="graph")
def project_ratings(keys: Sequence[Key], fence: Fence) -> Sequence[Key]:
    """A rating of 4 stars and more is an edge; any other is none."""
    pairs = [(user_id, movie_id) for user_id, movie_id in keys]
    ratings = movies.ratings_of(pairs)
    likes = {pair: rating for pair, rating in ratings.items() if rating.is_like}
    gone = [pair for pair in pairs if pair not in likes]
    return get_graph().put_likes(likes.values(), fence, gone=gone)

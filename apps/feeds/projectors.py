"""What changed facts mean for the home timelines."""

from collections.abc import Sequence

from apps.feeds import fanout
from apps.feeds.timeline import get_timelines
from apps.movies.selectors.activity import Kind
from apps.movies.topics import RATING
from apps.outbox.fences import Fence
from apps.outbox.registry import projects
from apps.outbox.topics import Key
from apps.users.selectors import members
from apps.users.topics import FOLLOW, MEMBER


@projects(MEMBER, into="feeds")
def project_members(keys: Sequence[Key], fence: Fence) -> None:
    """Whoever is gone or inactive keeps no timeline; a cold one is safe under any fence."""
    ids = {user_id for (user_id,) in keys}
    get_timelines().drop(sorted(ids - members(ids).keys()))


@projects(FOLLOW, into="feeds")
def project_follows(keys: Sequence[Key], fence: Fence) -> list[Key]:
    """The follower's timeline gains or loses the followee, the follower's followers an entry."""
    timelines = get_timelines()
    pairs = [(key[0], key[1]) for key in keys]
    refused_pairs = fanout.place_authors(timelines, pairs, fence)
    facts = [(Kind.FOLLOW, follower, followee) for follower, followee in pairs]
    refused_actors = fanout.push_facts(timelines, facts, fence)
    return [pair for pair in pairs if pair in refused_pairs or pair[0] in refused_actors]


@projects(RATING, into="feeds")
def project_ratings(keys: Sequence[Key], fence: Fence) -> list[Key]:
    """The rater's followers gain or lose an entry."""
    facts = [(Kind.RATING, key[0], key[1]) for key in keys]
    refused = fanout.push_facts(get_timelines(), facts, fence)
    return [key for key in keys if key[0] in refused]

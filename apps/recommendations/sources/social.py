"""Films liked by those whom the viewer follows, and by those who like what the viewer likes."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from apps.graph.types import LikedByAgreeing, LikedByFollowees
from apps.recommendations.types import Candidate, Evidence

AGREEING = 0.5
"""Someone who agrees weighs at most half of someone who was chosen."""

NEUTRAL_STARS = 3.0


def candidates(
    followees: Sequence[LikedByFollowees],
    agreeing: Sequence[LikedByAgreeing],
    *,
    followed: Collection[int],
    visible: Collection[int],
) -> list[Candidate]:
    """Films by who likes them, best first.

    Only members in `followed` and `visible` count, as Postgres has them now: neither a private
    profile nor an ended follow may show itself through a score.
    """
    scores: dict[int, float] = defaultdict(float)
    friends: dict[int, tuple[int, ...]] = {}
    others: dict[int, tuple[int, ...]] = {}
    for film in followees:
        liking = [friend for friend in film.friends if friend.user_id in followed]
        if liking:
            friends[film.movie_id] = tuple(friend.user_id for friend in liking)
            scores[film.movie_id] += sum(friend.stars - NEUTRAL_STARS for friend in liking)
    for row in agreeing:
        seen = tuple(pk for pk in row.user_ids if pk in visible and pk not in followed)
        if seen:
            others[row.movie_id] = seen
            share = len(seen) / len(row.user_ids)
            scores[row.movie_id] += AGREEING * row.weight * share
    return [
        Candidate(
            pk,
            score,
            Evidence(followed_ids=friends.get(pk, ()), agreeing_ids=others.get(pk, ())),
        )
        for pk, score in sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    ]

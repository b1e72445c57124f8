"""Endless streams of what members do: rate, rate anew, take back, follow, unfollow; and read."""

import random
from collections.abc import Iterator, Sequence

from infra.bench.load import Request
from infra.bench.members import Member

UNRATED = 0.2
SOCIAL = 0.15
UNFOLLOWED = 0.4


def writes(
    members: Sequence[Member], films: Sequence[int], others: Sequence[Member], *, seed: int
) -> Iterator[Request]:
    """What these members do to these films and others. Few of each: so much is made again."""
    choose = random.Random(seed)  # noqa: S311 - guards nothing
    while True:
        member = choose.choice(members)
        if choose.random() < SOCIAL:
            other = choose.choice([one for one in others if one is not member])
            yield _follow(member, other, follows=choose.random() > UNFOLLOWED)
        else:
            stars = 0 if choose.random() < UNRATED else choose.randint(1, 10)
            yield _rate(member, choose.choice(films), stars)


def reads(member: Member, films: Sequence[int], *, seed: int) -> Iterator[Request]:
    """What needs the graph and the vectors to be answered."""
    choose = random.Random(seed)  # noqa: S311 - guards nothing
    while True:
        film = choose.choice(films)
        yield Request(member.token, "GET", f"movies/{film}/similar/?limit=10")
        yield Request(member.token, "GET", "me/recommendations/?limit=20")
        yield Request(member.token, "GET", f"movies/{film}/friends/")


def _rate(member: Member, film: int, half_stars: int) -> Request:
    path, fact = f"movies/{film}/rating/", ("rating", member.id, film)
    if not half_stars:
        return Request(member.token, "DELETE", path, fact=fact)
    body = {"stars": half_stars / 2}
    return Request(member.token, "PUT", path, body, fact=fact, state=half_stars)


def _follow(member: Member, other: Member, *, follows: bool) -> Request:
    path, fact = f"users/{other.name}/follow/", ("follow", member.id, other.id)
    method = "PUT" if follows else "DELETE"
    return Request(member.token, method, path, fact=fact, state="follows" if follows else None)

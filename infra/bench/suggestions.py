"""Whom to follow, among 100,000 people with a million follows, a hub with 20,000 followers too.

Few are followed by very many, as where people choose. All of it stands in Postgres, and the graph
is built from there.
"""

import sys

from infra.bench.answers import STREAMS, WARM_SECONDS, Kind, asked, figures, make_opinions
from infra.bench.figures import Figure, report
from infra.bench.lag import settle
from infra.bench.load import Request
from infra.bench.members import make_members
from infra.bench.own_stack import own_stack
from infra.bench.rebuild import manage
from infra.bench.synthetic import MEMBERS

PEOPLE, FOLLOWS, LIKES = 100_000, 10, 5
"""Follows and likes of each."""

HUB_FOLLOWERS = 20_000
SECONDS = 30
FILMS = 500

ADD_FOLLOWS = """
WITH crowd AS (SELECT id, substr(username, 7)::int AS place FROM users_user
    WHERE username LIKE 'crowd-%%'),
wanted AS (SELECT one.id, floor(%(people)s * power(random(), 3))::int AS place
    FROM crowd AS one CROSS JOIN generate_series(1, %(follows)s))
INSERT INTO users_follow (follower_id, followee_id, state)
SELECT wanted.id, other.id, 'accepted' FROM wanted JOIN crowd AS other USING (place)
WHERE wanted.id <> other.id
ON CONFLICT DO NOTHING
"""

ADD_LIKES = """
WITH crowd AS (SELECT id FROM users_user WHERE username LIKE 'crowd-%%'),
wanted AS (SELECT crowd.id, 1 + floor(cardinality(%(films)s) * random())::int AS place
    FROM crowd CROSS JOIN generate_series(1, %(likes)s))
INSERT INTO movies_rating (user_id, movie_id, half_stars)
SELECT wanted.id, (%(films)s)[wanted.place], 9 FROM wanted
ON CONFLICT DO NOTHING
"""

FOLLOW_THE_HUB = """
INSERT INTO users_follow (follower_id, followee_id, state)
SELECT id, %(hub)s, 'accepted' FROM users_user WHERE username LIKE 'crowd-%%'
ORDER BY id LIMIT %(followers)s
"""

FOLLOW_SOME = """
INSERT INTO users_follow (follower_id, followee_id, state)
SELECT member.id, other.id, 'accepted'
FROM unnest(%(members)s::bigint[]) AS member (id) CROSS JOIN LATERAL (
    SELECT id FROM users_user WHERE username LIKE 'crowd-%%' AND member.id IS NOT NULL
    ORDER BY md5(id::text || member.id::text) LIMIT %(each)s) AS other
"""


def add_people(films: list[int], members: list[int], hub: int) -> None:
    """The crowd with its follows and likes, the hub's followers, and whom the members follow."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute(MEMBERS, [PEOPLE])
        cursor.execute(ADD_FOLLOWS, {"people": PEOPLE, "follows": FOLLOWS})
        cursor.execute(ADD_LIKES, {"films": films, "likes": LIKES})
        cursor.execute(FOLLOW_THE_HUB, {"hub": hub, "followers": HUB_FOLLOWERS})
        cursor.execute(FOLLOW_SOME, {"members": members, "each": 50})
        cursor.execute("ANALYZE users_user, movies_rating, users_follow")


def main() -> int:
    """Thirty a second for half a minute: of usual members, then of the hub."""
    with own_stack(application=True) as stack:
        from apps.movies.models import Movie
        from apps.users.models import Follow

        best = Movie.objects.order_by("-statistics__ratings", "pk")[:FILMS]
        films = list(best.values_list("pk", flat=True))
        members = make_members("bench", 4 * STREAMS)
        make_opinions(members, films)
        settle()
        hub, *usual = members
        add_people(films, [member.id for member in members], hub.id)
        manage("rebuild", "graph", "--in-place").check_returncode()
        found = [Figure("follows", Follow.objects.count(), "")]
        for name, asking in (("suggestions", usual), ("suggestions for the hub", [hub] * STREAMS)):
            kind = Kind(
                name, 30, 15, 50, lambda one, _: Request(one.token, "GET", "me/suggestions/")
            )
            asked(kind, stack.layout.web_port, asking, WARM_SECONDS)
            print(f"{kind.name}: {kind.rate} a second for {SECONDS} s", flush=True)
            found += figures(kind, asked(kind, stack.layout.web_port, asking, SECONDS))
    return report("suggestions", found)


if __name__ == "__main__":
    sys.exit(main())

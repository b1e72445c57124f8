"""The people of the access matrix, what belongs to one of them, and what shows it."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any, NamedTuple
from uuid import uuid4

from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone
from PIL import Image

from apps.consistency.runs import request_run
from apps.movies.actions import rate_movie
from apps.movies.models import Movie
from apps.outbox.models import Failure
from apps.privacy import exports
from apps.privacy.models import Export
from apps.recommendations.models import ShownSlate
from apps.users import actions, avatars
from apps.users.models import User
from tests.access.routes import Route
from tests.apps.users import sessions
from tests.factories import make_movie

VIEWERS = ("nobody", "owner", "stranger", "follower", "blocked", "blocker", "private", "staff")
"""Who asks. What is asked for belongs to the owner, who has blocked `blocked`; `blocker` has
blocked the owner, `private` has a private profile."""

LEVELS: Mapping[str, dict[str, str]] = {
    "public": {"visibility": "public"},
    "followers": {"visibility": "followers"},
    "private": {"visibility": "private"},
    "ratings": {"visibility": "public", "ratings_visibility": "private"},
}
"""How much the owner shows."""

MARKS = {
    "n": "olive-owner",
    "e": "secret-address",
    "b": "Likes slow films.",
    "r": r'stars": ?5\.0\b',
    "f": "only-chum",
}
"""What in an answer shows the owner's name, address, bio, ratings, and whom the owner follows."""


class Viewer(NamedTuple):
    """A client with an address of its own, and what signs it in: a token, or a cookie."""

    client: Client
    token: str = ""
    session: str = ""


@dataclass(frozen=True)
class World:
    """The viewers, and what paths name."""

    owner: User
    viewers: Mapping[str, Viewer]
    parameters: Mapping[str, Any]

    def ask(self, viewer: str, route: Route) -> HttpResponseBase:
        """One request with the body of `BODIES`, or with an empty one."""
        (client, token, session), (method, path) = self.viewers[viewer], route
        by_cookie, known = "/browser/" in path, self.parameters
        client.cookies = SimpleCookie({"sessionid": session} if session and by_cookie else {})
        client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}" if token and not by_cookie else ""
        if "follow-requests" in path:
            known = {**known, "name": known["asker"]}
        target = re.sub("{(.*?)}", lambda name: str(known[name[1]]), path)
        if method == "GET":
            return client.get(target, QUERIES.get(path, {}))
        body = BODIES.get(route, lambda _: {})(known)
        return client.generic(method, target, json.dumps(body), "application/json")


def make_world() -> World:
    """Each viewer likes `both`; the owner likes `own`, too, and follows someone nobody knows."""
    people = {name: _member(name) for name in VIEWERS[1:]}
    owner = people["owner"]
    own, both = make_movie("Own", directors=("Someone",)), make_movie("Both")
    friend, chum, asker = _member("friend"), _member("only-chum"), _member("asker")
    for user in people.values():
        actions.follow_user(follower=user, followee=friend)
        rate_movie(user=user, movie=both, half_stars=8)
    actions.follow_user(follower=friend, followee=owner)
    actions.follow_user(follower=people["follower"], followee=owner)
    actions.follow_user(follower=owner, followee=chum)
    rate_movie(user=owner, movie=both, half_stars=10)
    rate_movie(user=owner, movie=own, half_stars=10)
    actions.block_user(blocker=owner, blocked=people["blocked"])
    actions.block_user(blocker=people["blocker"], blocked=owner)
    owner = actions.update_profile(user=owner, bio=MARKS["b"], visibility="followers")
    avatars.set_avatar(user=owner, content=picture())
    actions.follow_user(follower=asker, followee=owner)
    actions.update_profile(user=people["private"], visibility="private")
    User.objects.filter(pk=people["staff"].pk).update(is_staff=True)
    return World(
        owner=User.objects.get(pk=owner.pk),
        viewers={name: _viewer(people.get(name), n) for n, name in enumerate(VIEWERS)},
        parameters=_parameters(owner, own, both, asker),
    )


def marks_in(answer: HttpResponseBase) -> str:
    """The letters of the marks that an answer shows."""
    text = b"".join(answer).decode(errors="replace")
    return "".join(letter for letter, mark in MARKS.items() if re.search(mark, text))


BODIES: Mapping[Route, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    ("PATCH", "/api/v1/me/"): lambda _: {"bio": "Likes fast films."},
    ("POST", "/api/v1/me/onboarding/"): lambda known: {"like": [known["other_movie"]]},
    ("POST", "/api/v1/me/recommendations/dismiss/"): lambda known: {"movie": known["movie_id"]},
    ("POST", "/api/v1/me/recommendations/{slate_id}/clicks/"): lambda known: {
        "movie": known["movie_id"]
    },
    ("POST", "/api/v1/movies/"): lambda _: {"title": "New"},
    ("PATCH", "/api/v1/movies/{movie_id}/"): lambda _: {"plot": "Another."},
    ("PUT", "/api/v1/movies/{movie_id}/rating/"): lambda _: {"stars": 3},
    ("POST", "/api/v1/ops/dead-letters/replay/"): lambda _: {"error_class": "Refused"},
    ("POST", "/api/v1/ops/dead-letters/{failure_id}/discard/"): lambda _: {"reason": "Test"},
    ("POST", "/api/v1/similar/"): lambda known: {"like": [known["other_movie"]]},
}
"""Bodies with which a request succeeds. Of the rest an empty one says who is let in: 400 is in."""

QUERIES = {
    "/api/v1/movies/autocomplete/": {"q": "own"},
    "/api/v1/people/": {"q": "someone"},
}


def _member(name: str) -> User:
    address = "secret-address" if name == "owner" else name
    username = MARKS["n"] if name == "owner" else name
    return actions.create_user(
        email=f"{address}@example.com",
        username=f"{username}-1" if username == "staff" else username,
        password=sessions.PASSWORD,
        is_verified=True,
    )


def picture() -> bytes:
    """A small PNG."""
    target = BytesIO()
    Image.new("RGB", (64, 64)).save(target, "PNG")
    return target.getvalue()


def _viewer(user: User | None, number: int) -> Viewer:
    client = Client(REMOTE_ADDR=f"10.0.0.{number}")
    if user is None:
        return Viewer(client)
    body = {"email": user.email, "password": sessions.PASSWORD}
    paths = (f"/_allauth/{kind}/v1/auth/login" for kind in ("app", "browser"))
    by_token, by_cookie = (client.post(path, body, "application/json") for path in paths)
    token = by_token.json()["meta"]["access_token"]
    return Viewer(client, token, by_cookie.cookies["sessionid"].value)


def _parameters(owner: User, own: Movie, both: Movie, asker: User) -> dict[str, Any]:
    """What the paths name: things of the owner, or else of nobody."""
    slate = ShownSlate.objects.create(id=uuid4(), user=owner, films=[[own.pk, {}]])
    failure = Failure.objects.create(
        destination="graph", topic="t", key="1", error_class="Refused", parked_at=timezone.now()
    )
    export = Export.objects.create(
        user=owner,
        file=storages["exports"].save("export.zip", ContentFile(b"zip")),
        expires_at=timezone.now() + timedelta(days=1),
    )
    person = own.credits.get().person_id
    return {
        "name": owner.username,
        "movie_id": own.pk,
        "other_movie": both.pk,
        "person_id": person,
        "other_id": person,
        "slate_id": slate.pk,
        "failure_id": failure.pk,
        "run_id": request_run(by="test").pk,
        "asker": asker.username,
        "token": signing.dumps(str(export.pk), salt=exports.SALT),
        "key": "nonsense",
        "1": User.objects.get(pk=owner.pk).avatar,
        "2": avatars.SMALL,
    }

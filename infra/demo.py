"""The main job of Cinemesh, told step by step against a running stack: `make demo`.

A new person signs up, rates five films, follows three people, and sees within three seconds what
only three stores together can give; then takes it all back. The flow test runs the same steps.
"""

import email
import email.policy
import os
import re
import secrets
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

WITHIN_SECONDS = 3.0
FOLLOWED = ("rater-0414", "rater-0599", "rater-0068")

Json = dict[str, Any]


class DemoFailed(Exception):
    """A step did not show what it promises."""


@dataclass
class Member:
    """Someone with an account, and the session that speaks for them."""

    http: httpx.Client
    username: str
    password: str = field(default_factory=lambda: secrets.token_urlsafe(16), repr=False)

    def call(self, method: str, path: str, body: Json | None = None) -> Json:
        """One request to the API; DemoFailed when it is refused."""
        response = self.http.request(method, f"/api/v1/{path}", json=body)
        if response.is_error:
            raise DemoFailed(f"{method} {path}: {response.status_code} {response.text}")
        return dict(response.json()) if response.content else {}

    def get(self, path: str) -> Json:
        """What the API says."""
        return self.call("GET", path)


class Demo:
    """The steps, in order. `say` gets a line for each thing that was seen."""

    def __init__(
        self, url: str, mail: Path, say: Callable[[str], None], *, within: float = WITHIN_SECONDS
    ) -> None:
        """`url` is the web process, `mail` the folder that its mail goes to.

        What does not show `within` seconds of the last write stops the demo.
        """
        self.within = within
        self.url = url
        self.mail = mail
        self.say = say
        self.longest = 0.0
        self.members: list[Member] = []

    def run(self) -> float:
        """Every step; gives the longest time that something took to show, in seconds."""
        try:
            return self._steps()
        finally:
            self.close()

    def close(self) -> None:
        """Close the connections of everyone who signed up."""
        for member in self.members:
            member.http.close()

    def _steps(self) -> float:
        ana, untouched = self.sign_up("ana"), self.sign_up("untouched")
        films = self.rate_five(ana)
        self.follow_three(ana)
        self.see_recommendations(ana, untouched)
        self.see_feed(ana)
        self.see_similar(ana, films)
        self.see_path(ana, films)
        self.unrate_all(ana, films)
        self.unfollow_and_block(ana)
        self.say(f"Everything showed within {self.longest:.2f} s of the last write.")
        return self.longest

    def sign_up(self, name: str) -> Member:
        """An account by e-mail: sign up, take the key from the mail, verify, log in."""
        username = f"{name}-{secrets.token_hex(3)}"
        member = Member(httpx.Client(base_url=self.url, timeout=10), username)
        self.members.append(member)
        address = f"{username}@example.com"
        account = {"email": address, "password": member.password, "username": username}
        self._auth(member, "signup", account, expect=401)
        key = self.until(lambda: self._key_for(address), "the mail with the key")
        self._auth(member, "email/verify", {"key": key}, expect=401)
        session = self._auth(
            member, "login", {"email": address, "password": member.password}, expect=200
        )
        member.http.headers["Authorization"] = f"Bearer {session['meta']['access_token']}"
        member.http.headers.pop("X-Session-Token", None)
        self.say(f"{username} signed up, confirmed the mail and logged in.")
        return member

    def rate_five(self, ana: Member) -> list[Json]:
        """The five best known films get four and a half stars."""
        films: list[Json] = ana.get("movies/?ordering=-ratings&limit=5")["items"]
        for film in films:
            ana.call("PUT", f"movies/{film['id']}/rating/", {"stars": 4.5})
        self.say(f"She rates {', '.join(film['title'] for film in films)}.")
        return films

    def follow_three(self, ana: Member) -> None:
        """Three people of the sample."""
        for name in FOLLOWED:
            ana.call("PUT", f"users/{name}/follow/")
        self.say(f"She follows {', '.join(FOLLOWED)}.")

    def see_recommendations(self, ana: Member, untouched: Member) -> None:
        """Hers name her films and her people, and are not those of an untouched account."""

        def personal() -> list[Json] | None:
            items: list[Json] = ana.get("me/recommendations/?limit=20")["items"]
            sources = {reason["source"] for item in items for reason in item["reasons"]}
            return items if {"content", "social", "people"} <= sources else None

        items = self.until(personal, "recommendations by text, people and followed members")
        plain = untouched.get("me/recommendations/?limit=20")["items"]
        if [_id(item) for item in items] == [_id(item) for item in plain]:
            raise DemoFailed("An untouched account gets the same recommendations.")
        for item in items[:5]:
            why = "; ".join(reason["text"] for reason in item["reasons"])
            self.say(f"  {item['movie']['title']} ({item['movie']['year']}): {why}")

    def see_feed(self, ana: Member) -> None:
        """The feed holds what those whom she follows rated."""

        def filled() -> list[Json] | None:
            items: list[Json] = ana.get("feed/?limit=20")["items"]
            rated = [item for item in items if item["kind"] == "rating"]
            return rated if rated else None

        for item in self.until(filled, "a feed")[:3]:
            who, film = item["actor"]["username"], item["movie"]["title"]
            self.say(f"  Her feed: {who} gave {film} {item['stars']} stars.")

    def see_similar(self, ana: Member, films: list[Json]) -> None:
        """Films like one of the five."""
        address = f"movies/{films[0]['id']}/similar/?limit=5"
        found = self.until(lambda: ana.get(address)["items"], f"films like {films[0]['title']}")
        titles = ", ".join(item["movie"]["title"] for item in found)
        self.say(f"Like {films[0]['title']}: {titles}.")

    def see_path(self, ana: Member, films: list[Json]) -> None:
        """The shortest chain of films between two actors."""
        one, other = (
            ana.get(f"movies/{film['id']}/")["actors"][0] for film in (films[0], films[1])
        )
        address = f"people/{one['id']}/path/{other['id']}/"
        path = self.until(lambda: ana.get(address)["items"], f"a path to {other['name']}")
        self.say(f"From {one['name']} to {other['name']}: {_chain(path)}.")

    def unrate_all(self, ana: Member, films: list[Json]) -> None:
        """Without her ratings no reason names her films."""
        for film in films:
            ana.call("DELETE", f"movies/{film['id']}/rating/")

        def gone() -> bool:
            items = ana.get("me/recommendations/?limit=50")["items"]
            return not any(
                reason["source"] in {"content", "people"}
                for item in items
                for reason in item["reasons"]
            )

        self.until(gone, "recommendations without her films")
        self.say("She takes her ratings back: no reason names those films any more.")

    def unfollow_and_block(self, ana: Member) -> None:
        """Without her follows neither the feed nor a reason names those people."""
        ana.call("DELETE", f"users/{FOLLOWED[0]}/follow/")
        ana.call("DELETE", f"users/{FOLLOWED[1]}/follow/")
        ana.call("PUT", f"users/{FOLLOWED[2]}/block/")

        def gone() -> bool:
            feed = ana.get("feed/?limit=20")["items"]
            slate = ana.get("me/recommendations/?limit=50")["items"]
            social = any(
                reason["source"] == "social" for item in slate for reason in item["reasons"]
            )
            return not feed and not social

        self.until(gone, "an empty feed and no social reason")
        if ana.get("users/" + ana.username + "/following/")["items"]:
            raise DemoFailed("She still follows someone.")
        self.say("She unfollows two and blocks one: the feed is empty, no reason names them.")

    def until(self, look: Callable[[], Any], what: str) -> Any:
        """Look until there is something; DemoFailed when the time is over."""
        start = time.monotonic()
        while True:
            seen = look()
            took = time.monotonic() - start
            if seen:
                self.longest = max(self.longest, took)
                return seen
            if took > self.within:
                raise DemoFailed(f"Not seen within {self.within:.0f} s: {what}.")
            time.sleep(0.05)

    def _auth(self, member: Member, path: str, body: Json, *, expect: int) -> Json:
        response = member.http.post(f"/_allauth/app/v1/auth/{path}", json=body)
        if response.status_code != expect:
            raise DemoFailed(f"{path}: {response.status_code} {response.text}")
        answer: Json = response.json()
        if token := answer.get("meta", {}).get("session_token"):
            member.http.headers["X-Session-Token"] = token
        return answer

    def _key_for(self, address: str) -> str | None:
        for file in self.mail.glob("*.log"):
            for text in file.read_text(encoding="utf-8").split("-" * 79):
                message = email.message_from_string(text.strip(), policy=email.policy.default)
                if address in (message["To"] or ""):
                    found = re.search(r'"key": "([^"]+)"', message.get_content())
                    if found:
                        return found.group(1)
        return None


def _id(item: Json) -> int:
    return int(item["movie"]["id"])


def _chain(items: list[Json]) -> str:
    return " – ".join(
        item["person"]["name"] if item["person"] else item["movie"]["title"] for item in items
    )


if __name__ == "__main__":
    try:
        Demo(os.environ["WEB_URL"], Path(os.environ["MAIL_DIR"]), print).run()
    except (DemoFailed, httpx.HTTPError) as error:
        sys.exit(f"The demo stopped: {error}")

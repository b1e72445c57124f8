"""Who may see what, in a few plain lines: what every listing, count and reason is held against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

PEOPLE, FILMS = range(4), range(2)


@dataclass(frozen=True)
class Person:
    """What a member has set, and what they gave the first and the second film (0: nothing)."""

    visibility: str
    ratings: str
    used_for_others: bool
    is_active: bool
    half_stars: tuple[int, int]


@dataclass(frozen=True)
class World:
    """Some people, and what each is to each other: words out of a few, for (one, other)."""

    people: tuple[Person, ...]
    ties: Mapping[tuple[int, int], str]

    def all_ties(self, word: str) -> Iterator[tuple[int, int]]:
        """The pairs of whom the word holds; a block has ended every follow."""
        for (one, other), words in self.ties.items():
            parted = word in {"accepted", "requested"} and self.blocks(one, other)
            if word in words.split() and not parted:
                yield one, other

    def is_tied(self, one: int | None, word: str, other: int) -> bool:
        """Whether it holds of these two."""
        return (one, other) in set(self.all_ties(word))

    def blocks(self, one: int | None, other: int) -> bool:
        """Whether there is a block in either direction."""
        words = f"{self.ties.get((one, other), '')} {self.ties.get((other, one), '')}"  # type: ignore[arg-type]
        return "block" in words.split()


class Policy:
    """What one viewer sees of a world; None is a visitor without an account."""

    def __init__(self, world: World, viewer: int | None) -> None:
        self.world, self.viewer, self.people = world, viewer, world.people

    def follows(self, person: int) -> bool:
        return self.world.is_tied(self.viewer, "accepted", person)

    def lets_in(self, level: str, person: int) -> bool:
        return (
            level == "public"
            or person == self.viewer
            or (level == "followers" and self.follows(person))
        )

    def exists(self, person: int) -> bool:
        return self.people[person].is_active and not self.world.blocks(self.viewer, person)

    def sees(self, person: int) -> bool:
        return self.exists(person) and self.lets_in(self.people[person].visibility, person)

    def sees_ratings(self, person: int) -> bool:
        return self.sees(person) and self.lets_in(self.people[person].ratings, person)

    def hears(self, person: int) -> bool:
        return not self.world.is_tied(self.viewer, "mute", person)

    def may_name(self, person: int) -> bool:
        used = self.people[person].used_for_others
        return used and self.sees_ratings(person) and self.hears(person)

    def profile(self, person: int) -> Any:
        if not self.exists(person):
            return "unknown_user"
        state = "accepted" if self.follows(person) else "none"
        if self.world.is_tied(self.viewer, "requested", person):
            state = "requested"
        back = self.viewer is not None and self.world.is_tied(person, "accepted", self.viewer)
        shows_avatar = self.people[person].visibility != "private" or person == self.viewer
        lists = [self.listing(kind, person) for kind in ("followers", "following")]
        counts = [len(found) if self.sees(person) else None for found in lists]
        return [self.sees(person), shows_avatar, state, back, not self.hears(person), *counts]

    def listing(self, kind: str, person: int) -> Any:
        if self.closed(person):
            return self.closed(person)
        ties = self.world.all_ties("accepted")
        others = [
            one if kind == "followers" else other
            for one, other in ties
            if (other if kind == "followers" else one) == person
        ]
        if person == self.viewer:
            return {other for other in others if self.people[other].is_active}
        return {other for other in others if self.sees(other)}

    def closed(self, person: int) -> str:
        """Why a profile does not open; empty when it does."""
        if not self.exists(person):
            return "unknown_user"
        return "" if self.sees(person) else "private_profile"

    def activity(self, person: int) -> Any:
        return self.closed(person) or self.did(person)

    def did(self, person: int) -> set[tuple[str, int, int]]:
        rated = self.people[person].half_stars
        seen = {("rating", person, film) for film in FILMS if rated[film]}
        seen = seen if self.sees_ratings(person) else set()
        for one, other in self.world.all_ties("accepted"):
            if one == person and self.sees(one) and self.sees(other):
                seen.add(("follow", one, other))
        return seen

    def feed(self) -> set[tuple[str, int, int]]:
        return {
            (kind, actor, thing)
            for person in filter(self.follows, PEOPLE)
            for kind, actor, thing in self.did(person)
            if self.hears(actor) and (kind == "rating" or self.hears(thing))
        }

    def friends(self, film: int) -> set[int]:
        return {
            person
            for person in filter(self.follows, PEOPLE)
            if self.people[person].half_stars[film]
            and self.sees_ratings(person)
            and self.hears(person)
        }

    def named(self) -> tuple[set[int], set[int]]:
        names = set(filter(self.may_name, PEOPLE))
        return names, set(filter(self.follows, names))

    def liked(self) -> set[int]:
        return {
            film
            for film in FILMS
            for person in self.friends(film)
            if self.people[person].half_stars[film] >= 8 and self.people[person].used_for_others
        }

    def match(self, person: int) -> Any:
        """The films that both rated: those within a star of each other, and the others."""
        if not self.sees_ratings(person):
            return self.closed(person) or "private_profile"
        alike, apart = set(), set()
        for film in FILMS:
            mine, theirs = (self.people[one].half_stars[film] for one in (self.viewer, person))  # type: ignore[index]
            if mine and theirs:
                (alike if abs(mine - theirs) <= 2 else apart).add(film)
        return alike, apart

    def suggested(self) -> dict[int, dict[str, set[int]]]:
        """Of a graph that finds everybody near everybody: who is suggested, and who is named."""
        near = {one for one in self.others() if self.sees(one) and self.hears(one)}
        found = {}
        for person in filter(self.may_come, near):
            alike = {"alike": set[int](), "directors": set[int]()} if self.may_name(person) else {}
            between = {one for one in near - {person} if self.follows(one)}
            if alike or between:
                found[person] = alike | ({"followed_by": between} if between else {})
        return found

    def may_come(self, person: int) -> bool:
        """Neither followed nor asked yet."""
        ties = (self.world.is_tied(self.viewer, word, person) for word in ("accepted", "requested"))
        return not any(ties)

    def others(self) -> list[int]:
        return [person for person in PEOPLE if person != self.viewer]

    def own(self, word: str) -> set[int]:
        """Whom the viewer has blocked or muted, or who asks to follow the viewer."""
        pairs = self.world.all_ties(word)
        if word == "requested":
            found = {one for one, other in pairs if other == self.viewer}
        else:
            found = {other for one, other in pairs if one == self.viewer}
        return {
            person
            for person in found
            if self.people[person].is_active and (word == "block" or self.exists(person))
        }

"""What the graph answers: ids and numbers. Names and titles come from Postgres."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Liker(NamedTuple):
    """Someone who likes a film, and with how many stars."""

    user_id: int
    stars: float


class LikedByFollowees(NamedTuple):
    """A film that people whom the member follows like; `friends` are at most 20 of them.

    `stars` is the mean of all of them. What the viewer may see of it, Postgres decides.
    """

    movie_id: int
    friends: tuple[Liker, ...]
    stars: float


class Through(NamedTuple):
    """Someone who likes a film, and those followed by the member who follow them, at most 10."""

    user_id: int
    through: Sequence[int]


class LikedByFurther(NamedTuple):
    """A film liked by people whom those follow whom the member follows; at most 20 of them."""

    movie_id: int
    likers: tuple[Through, ...]


class Agreeing(NamedTuple):
    """Someone who likes what the member likes.

    `agreement` is from 0 to 1: the cosine of the liked films, less when they are few.
    """

    user_id: int
    agreement: float


class LikedByAgreeing(NamedTuple):
    """A film liked by people who like what the member likes, at most 20 of them."""

    movie_id: int
    likers: tuple[Agreeing, ...]


class ByPerson(NamedTuple):
    """A film by a person whose films the member likes: `seed_movie_ids`, at most 5 of them.

    `role` is the person's part in `movie_id`: director or actor.
    """

    movie_id: int
    person_id: int
    name: str
    role: str
    seed_movie_ids: tuple[int, ...]
    weight: float


@dataclass(frozen=True)
class Evidence:
    """All that the graph has to say for a member's recommendations, each list best first."""

    followees: tuple[LikedByFollowees, ...]
    further: tuple[LikedByFurther, ...]
    agreeing: tuple[LikedByAgreeing, ...]
    people: tuple[ByPerson, ...]


class Acquaintance(NamedTuple):
    """Someone followed by those whom the member follows: `through`, at most 20 of them."""

    user_id: int
    through: Sequence[int]


class TasteAlike(NamedTuple):
    """Someone who likes so many of the films that the member likes; `weight` is from 0 to 1."""

    user_id: int
    films: int
    weight: float


class SameDirectors(NamedTuple):
    """Someone who likes so many films of directors whose films the member likes."""

    user_id: int
    films: int
    names: Sequence[str]


@dataclass(frozen=True)
class Suggestions:
    """People near a member, each list nearest first."""

    acquaintances: tuple[Acquaintance, ...]
    alike: tuple[TasteAlike, ...]
    directors: tuple[SameDirectors, ...]


@dataclass(frozen=True)
class Collaborator:
    """Someone who shares films with a person: how many, and up to three of them."""

    person_id: int
    shared: int
    movie_ids: tuple[int, ...]


@dataclass(frozen=True)
class Chain:
    """People joined by films: `movie_ids[i]` joins `person_ids[i]` and `person_ids[i + 1]`."""

    person_ids: tuple[int, ...] = ()
    movie_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class Like:
    """A film that a member likes, and with how many stars."""

    movie_id: int
    stars: float


@dataclass(frozen=True)
class Counts:
    """How much of each kind the graph holds."""

    users: int
    movies: int
    people: int
    genres: int
    follows: int
    likes: int
    acted_in: int
    directed: int
    in_genre: int
    tombstones: int

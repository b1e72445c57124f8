"""What can happen in a world, each by the action that does it, and in its model alike.

No action restores anything: what comes back under a former id is saved and published here, as a
repair by hand would do it.
"""

from collections.abc import Callable

from django.db import transaction

from apps.movies.actions import (
    Cast,
    delete_member,
    delete_movie,
    rate_movie,
    unrate_movie,
    update_movie,
)
from apps.movies.curation import remove_person, rename_person
from apps.movies.models import Movie, MovieStatistics, Person
from apps.movies.topics import MOVIE, PERSON
from apps.outbox.actions import publish
from apps.users import actions
from apps.users.models import User
from apps.users.topics import MEMBER
from tests.faults.world import World, new_member, new_person

Change = Callable[[World, int, int, int], None]
"""Given which member, which film, and half stars: each takes what it needs."""


def rate(world: World, one: int, other: int, half_stars: int) -> None:
    user, film = world.members[one], world.films[other]
    if ("member", user) in world and ("film", film) in world:
        rate_movie(user=User(pk=user), movie=Movie(pk=film), half_stars=half_stars)
        world.facts["rating", user, film] = half_stars


def unrate(world: World, one: int, other: int, _: int) -> None:
    user, film = world.members[one], world.films[other]
    unrate_movie(user=User(pk=user), movie=Movie(pk=film))
    world.facts.pop(("rating", user, film), None)


def follow_or_not(world: World, one: int, _: int, __: int) -> None:
    pair = world.members[one], world.members[1 - one]
    blocked = ("block", *pair) in world or ("block", *pair[::-1]) in world
    if not world.has_both_members or blocked:
        return
    follower, followee = (User(pk=user) for user in pair)
    if world.facts.pop(("follow", *pair), None):
        actions.unfollow_user(follower=follower, followee=followee)
    else:
        actions.follow_user(follower=follower, followee=followee)
        world.facts["follow", *pair] = True


def block_or_not(world: World, one: int, _: int, __: int) -> None:
    pair = world.members[one], world.members[1 - one]
    if not world.has_both_members:
        return
    blocker, blocked = (User(pk=user) for user in pair)
    if world.facts.pop(("block", *pair), None):
        actions.unblock_user(blocker=blocker, blocked=blocked)
    else:
        actions.block_user(blocker=blocker, blocked=blocked)
        world.facts["block", *pair] = True
        world.facts.pop(("follow", *pair), None)
        world.facts.pop(("follow", *pair[::-1]), None)


def rename_member(world: World, one: int, _: int, __: int) -> None:
    user = world.members[one]
    if world.facts.get(("member", user)) == f"m{user}":
        actions.change_username(user=User(pk=user), username=f"n{user}")
        world.facts["member", user] = f"n{user}"


def leave_or_come_back(world: World, one: int, _: int, __: int) -> None:
    user = world.members[one]
    if ("member", user) in world:
        delete_member(user=User.objects.get(pk=user))
        world.forget(user)
    else:
        with transaction.atomic():
            new_member(user, f"m{user}").save(force_insert=True)
            publish(MEMBER, user)
        world.facts["member", user] = f"m{user}"
        world.absent.add(user)


def rename_film(world: World, _: int, other: int, half_stars: int) -> None:
    film = world.films[other]
    if ("film", film) in world:
        update_movie(movie=Movie(pk=film), title=f"film {half_stars} {film}")
        world.facts["film", film] = f"film {half_stars} {film}"


def credit_or_not(world: World, _: int, other: int, __: int) -> None:
    film, person = world.films[other], world.person
    if ("film", film) not in world or ("person", person) not in world:
        return
    if world.facts.pop(("credit", film, person), None):
        update_movie(movie=Movie(pk=film), cast=Cast())
    else:
        update_movie(movie=Movie(pk=film), cast=Cast(actors=[Person(pk=person)]))
        world.facts["credit", film, person] = True


def remove_or_restore_film(world: World, _: int, other: int, __: int) -> None:
    film = world.films[other]
    if ("film", film) in world:
        delete_movie(movie=Movie(pk=film))
        world.forget(film)
    else:
        with transaction.atomic():
            Movie.objects.create(pk=film, title=f"film {film}")
            MovieStatistics.objects.create(movie_id=film)
            publish(MOVIE, film)
        world.facts["film", film] = f"film {film}"


def rename_person_to(world: World, _: int, __: int, half_stars: int) -> None:
    if ("person", world.person) in world:
        rename_person(person=Person(pk=world.person), name=f"P {half_stars} {world.person}")
        world.facts["person", world.person] = f"P {half_stars} {world.person}"


def remove_or_restore_person(world: World, _: int, __: int, ___: int) -> None:
    person = world.person
    if ("person", person) in world:
        for film, _credited, _true in list(world.of("credit")):
            update_movie(movie=Movie(pk=film), cast=Cast())
        remove_person(person=Person(pk=person))
        world.forget(person)
    else:
        with transaction.atomic():
            new_person(person, f"P {person}").save(force_insert=True)
            publish(PERSON, person)
        world.facts["person", person] = f"P {person}"


CHANGES: list[Change] = [
    rate,
    unrate,
    follow_or_not,
    block_or_not,
    rename_member,
    leave_or_come_back,
    rename_film,
    credit_or_not,
    remove_or_restore_film,
    rename_person_to,
    remove_or_restore_person,
]

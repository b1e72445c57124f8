"""What operators do to people and genres: one function per action, one transaction each.

A film's node and text are built whole from its people and genres, so whoever renames one of these
publishes every film that it is part of.
"""

from django.db import transaction

from apps.movies.models import Credit, Genre, MovieGenre, Person
from apps.movies.topics import MOVIE, PERSON
from apps.outbox.actions import publish, publish_many

SOURCE = "local"
"""The source of people whom members of this installation added."""


@transaction.atomic
def add_person(*, name: str) -> Person:
    """Add someone who may be credited, or find them: a local name is kept once."""
    person, created = Person.objects.get_or_create(
        source=SOURCE, source_key=source_key(name), defaults={"name": name}
    )
    if created:
        publish(PERSON, person.pk)
    return person


@transaction.atomic
def rename_person(*, person: Person, name: str) -> Person:
    """Change how someone is called; their key at the source stays, so an import finds them."""
    found = Person.objects.select_for_update().get(pk=person.pk)
    found.name = name
    found.save(update_fields=["name"])
    publish(PERSON, found.pk)
    films = Credit.objects.filter(person=found).values_list("movie_id", flat=True)
    publish_many(MOVIE, [(movie_id,) for movie_id in films])
    return found


@transaction.atomic
def remove_person(*, person: Person) -> None:
    """Remove someone who is in no film; ProtectedError otherwise."""
    publish(PERSON, person.pk)
    Person.objects.filter(pk=person.pk).delete()


@transaction.atomic
def rename_genre(*, genre: Genre, name: str) -> Genre:
    """Change how a genre is called, on every film that has it."""
    found = Genre.objects.select_for_update().get(pk=genre.pk)
    found.name = name
    found.save(update_fields=["name"])
    films = MovieGenre.objects.filter(genre=found).values_list("movie_id", flat=True)
    publish_many(MOVIE, [(movie_id,) for movie_id in films])
    return found


def source_key(name: str) -> str:
    """What tells two local people apart: the name in lower case, with single spaces."""
    return " ".join(name.lower().split())

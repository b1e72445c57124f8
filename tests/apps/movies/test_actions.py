"""What staff and members do to films at the same moment."""

import pytest
from django.db import connection, transaction

from apps.movies.actions import Cast, delete_movie, rate_movie, update_movie
from apps.movies.errors import UnknownMovie
from apps.movies.models import Person
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db


def test_a_film_that_was_just_removed_is_unknown() -> None:
    ana, gone = make_user(), make_movie()
    delete_movie(movie=gone)
    with pytest.raises(UnknownMovie):
        delete_movie(movie=gone)
    with pytest.raises(UnknownMovie):
        update_movie(movie=gone, title="Again")
    with connection.cursor() as cursor:  # as outside a test's transaction
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(UnknownMovie), transaction.atomic():
        rate_movie(user=ana, movie=gone, half_stars=9)


def test_new_people_are_added_in_one_order_whatever_their_film_says() -> None:
    """Two films that bring the same people would wait for each other's."""
    film = make_movie(directors=("Zoe",), actors=("Mia", "adam", "Adam"))
    assert list(Person.objects.order_by("pk").values_list("name", flat=True)) == [
        *("adam", "Mia", "Zoe")
    ]
    update_movie(movie=film, cast=Cast(actors=["Bea", "Abe", *Person.objects.filter(name="Mia")]))
    names = film.credits.order_by("position").values_list("person__name", flat=True)
    assert list(names) == ["Bea", "Abe", "Mia"]

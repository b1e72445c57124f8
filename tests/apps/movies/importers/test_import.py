"""Importing a small folder: what it makes, again, after a stop, and beside what is there."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from apps.movies import selectors
from apps.movies.importers.checksums import SampleError
from apps.movies.importers.loading import STAGES
from apps.movies.importers.sample import TRY_LOCK, import_sample, sample_films
from apps.movies.models import Credit, Genre, Movie, MovieGenre, MovieTag, Person, Rating
from apps.outbox.models import Message
from apps.users.models import Follow, User
from tests.apps.movies.importers.folder import film, movie, rating, silent, tag, write_folder
from tests.factories import make_movie, make_user

pytestmark = pytest.mark.django_db

TABLES = (Credit, Follow, Genre, Movie, MovieGenre, MovieTag, Person, Rating, User)
FIRST = 900_000_001
"""Film ids that no other test of this database has."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three films, two raters who agree on twenty more, a few tags."""
    more = range(FIRST + 10, FIRST + 30)
    return write_folder(
        tmp_path,
        films=[
            film(
                FIRST,
                "Heat",
                movielens_id=FIRST,
                origin="American",
                directors="Michael Mann",
                cast="Al Pacino|Robert De Niro",
                text='A "heist"\nwith \\N tabs\t.',
                text_source="wikipedia_plot",
                wiki_url="https://en.wikipedia.org/wiki/Heat",
            ),
            film(FIRST + 1, "Insomnia", genres="Crime Drama|Silent", cast="al pacino|Al Pacino"),
        ],
        movies=[
            movie(FIRST, imdb_id="tt9000001", tmdb_id=949, genres="Thriller|Crime"),
            movie(FIRST + 2, "Casino", year=""),
            *[movie(number, f"Film {number}") for number in more],
        ],
        ratings=[
            rating(user, number, f"{number % 5 + 1}.0", at=1_000 + user)
            for user in (1, 2)
            for number in more
        ]
        + [rating(1, FIRST, "4.5", at=964982703)],
        tags=[tag(1, FIRST, "Heist"), tag(2, FIRST, "heist"), tag(2, FIRST, "cops")],
    )


def counts() -> list[int]:
    return [table._default_manager.count() for table in TABLES]


def test_film_comes_whole(folder: Path) -> None:
    import_sample(folder, silent)
    heat = Movie.objects.get(pk=FIRST)
    assert (heat.title, heat.year, heat.origin) == ("Heat", 1995, "American")
    assert heat.plot == 'A "heist"\nwith \\N tabs\t.'
    assert (heat.plot_source, heat.imdb_id, heat.tmdb_id) == ("wikipedia_plot", "tt9000001", 949)
    assert heat.source_url == "https://en.wikipedia.org/wiki/Heat"
    whole = selectors.films([FIRST])[FIRST]
    assert whole.genres == ("Crime", "Thriller")
    assert whole.tags == ("heist", "cops")
    assert whole.names("director") == ["Michael Mann"]
    assert whole.names("actor") == ["Al Pacino", "Robert De Niro"]
    assert [credit.position for credit in whole.credits] == [0, 1, 0]
    assert Movie.objects.get(pk=FIRST + 2).year is None


def test_one_name_is_one_person_and_case_counts(folder: Path) -> None:
    import_sample(folder, silent)
    films = selectors.films([FIRST, FIRST + 1])
    heat, insomnia = films[FIRST], films[FIRST + 1]
    assert heat.credits[0].person_id == insomnia.credits[1].person_id
    assert insomnia.names("actor") == ["al pacino", "Al Pacino"]
    assert Person.objects.get(source="sample", source_key="Al Pacino").name == "Al Pacino"


def test_raters_become_public_members_who_cannot_sign_in(folder: Path) -> None:
    import_sample(folder, silent)
    rater = User.objects.get(username="rater-0001")
    assert rater.email == "rater-0001@sample.invalid"
    assert rater.is_sample
    assert rater.visibility == "public"
    assert not rater.is_staff
    assert not rater.has_usable_password()
    assert rater.joined_at == datetime.fromtimestamp(1_001, tz=UTC)
    given = Rating.objects.get(user=rater, movie=FIRST)
    assert given.half_stars == 9
    assert given.rated_at == given.changed_at == datetime.fromtimestamp(964982703, tz=UTC)
    assert MovieTag.objects.get(user=rater).tagged_at == datetime.fromtimestamp(2000, tz=UTC)


def test_raters_of_like_taste_follow_each_other(folder: Path) -> None:
    import_sample(folder, silent)
    follow = Follow.objects.get(follower__username="rater-0001", followee__username="rater-0002")
    assert follow.is_generated
    assert follow.state == Follow.State.ACCEPTED
    assert follow.since == datetime.fromtimestamp(1_002, tz=UTC)


def test_import_publishes_nothing(folder: Path) -> None:
    before = Message.objects.count()
    import_sample(folder, silent)
    assert Message.objects.count() == before


def test_new_films_get_ids_above_the_samples(folder: Path) -> None:
    import_sample(folder, silent)
    assert make_movie().pk > FIRST + 29
    newest = make_movie().pk
    Movie.objects.filter(pk__gt=FIRST + 29).delete()
    Movie.objects.get(pk=FIRST).delete()
    import_sample(folder, silent)
    assert make_movie().pk > newest


def test_second_import_changes_nothing_and_says_so(folder: Path) -> None:
    first = import_sample(folder, silent)
    assert first.changed
    there = counts()
    second = import_sample(folder, silent)
    assert not second.changed
    assert "Nothing changed: everything was there already." in list(second.lines())
    assert counts() == there


@pytest.mark.parametrize("done", range(len(STAGES)))
def test_import_that_stopped_between_stages_is_completed(folder: Path, done: int) -> None:
    import_sample(folder, silent, stages=STAGES[:done])
    import_sample(folder, silent)
    assert not import_sample(folder, silent).changed
    films = selectors.films([FIRST])
    assert len(films[FIRST].credits) == 3
    assert Rating.objects.filter(movie__gte=FIRST).count() == 41
    assert MovieTag.objects.filter(movie__gte=FIRST).count() == 3
    assert Follow.objects.filter(is_generated=True).count() == 2


class Stopped(Exception):
    """The import ends here."""


def test_import_that_stopped_within_a_stage_leaves_nothing_of_it(folder: Path) -> None:
    def stop_at_credits(what: str, done: int, total: int) -> None:
        if what == "credits":
            raise Stopped

    with pytest.raises(Stopped):
        import_sample(folder, stop_at_credits)
    assert Person.objects.filter(source="sample").count() == 4
    assert not Movie.objects.filter(pk__gte=FIRST).exists()
    import_sample(folder, silent)
    assert len(selectors.films([FIRST])[FIRST].credits) == 3


def test_what_an_operator_changed_stays(folder: Path) -> None:
    import_sample(folder, silent)
    Movie.objects.filter(pk=FIRST).update(title="Heat (director's cut)", plot="Better.")
    Credit.objects.filter(movie=FIRST, role="actor").delete()
    assert not import_sample(folder, silent).changed
    assert Movie.objects.get(pk=FIRST).plot == "Better."
    assert selectors.films([FIRST])[FIRST].names("actor") == []


def test_what_was_deleted_comes_back(folder: Path) -> None:
    import_sample(folder, silent)
    Movie.objects.get(pk=FIRST).delete()
    report = import_sample(folder, silent)
    assert report.loaded["films"] == 1
    assert selectors.films([FIRST])[FIRST].names("director") == ["Michael Mann"]
    assert Rating.objects.filter(movie=FIRST).count() == 1


def test_film_under_an_id_that_another_has_is_left_out(folder: Path) -> None:
    Movie.objects.create(pk=FIRST, title="Something else")
    report = import_sample(folder, silent)
    assert Movie.objects.get(pk=FIRST).title == "Something else"
    assert not Credit.objects.filter(movie=FIRST).exists()
    assert not Rating.objects.filter(movie=FIRST).exists()
    assert not MovieTag.objects.filter(movie=FIRST).exists()
    assert any("1 films were left out" in line for line in report.lines())


def test_film_whose_imdb_id_another_has_comes_without(folder: Path) -> None:
    mine = make_movie()
    Movie.objects.filter(pk=mine.pk).update(imdb_id="tt9000001")
    report = import_sample(folder, silent)
    assert Movie.objects.get(pk=FIRST).imdb_id == ""
    assert any("tt9000001" in line for line in report.lines())


def test_rater_whose_name_a_member_has_is_left_out(folder: Path) -> None:
    member = make_user("rater-0001")
    report = import_sample(folder, silent)
    assert not Rating.objects.filter(user=member).exists()
    assert not Follow.objects.filter(follower=member).exists()
    assert report.loaded["ratings"] == 20
    assert any("rater-0001" in line for line in report.lines())


def test_films_alone_need_nothing_of_movielens(folder: Path) -> None:
    for file in (folder / "movielens").iterdir():
        file.unlink()
    report = import_sample(folder, silent, films_only=True)
    assert report.loaded["films"] == 2
    assert Movie.objects.get(pk=FIRST).imdb_id == ""
    assert not User.objects.filter(is_sample=True).exists()


def test_two_imports_do_not_run_at_once(folder: Path) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(TRY_LOCK)
            with pytest.raises(SampleError, match="Another import is running"):
                import_sample(folder, silent)
            # The server ends a closed session when it gets to it: give the lock back before.
            cursor.execute("SELECT pg_advisory_unlock_all()")
    finally:
        other.close()
    assert import_sample(folder, silent).changed


def test_films_of_the_folder_are_those_of_the_database(folder: Path) -> None:
    import_sample(folder, silent)
    films = list(sample_films(folder))
    stored = selectors.films([found.id for found in films])
    assert len(films) == 23
    for found in films:
        assert found.names("actor") == stored[found.id].names("actor")
        assert found.names("director") == stored[found.id].names("director")
        assert (found.title, found.year, found.plot) == (
            stored[found.id].title,
            stored[found.id].year,
            stored[found.id].plot,
        )
        assert (found.genres, found.tags) == (stored[found.id].genres, stored[found.id].tags)


def test_command_reports_what_it_did(folder: Path) -> None:
    out = StringIO()
    call_command("import_sample", data=folder, no_projections=True, stdout=out)
    said = out.getvalue()
    assert f"Importing {folder}" in said
    assert "films/films.csv.gz 2" in said
    assert "23 films" in said
    assert "no year, film kept: 1 (first: row 2)" in said
    assert "Genre labels that name no genre: 1: Silent 1" in said
    assert "Seconds:" in said
    assert "manage.py rebuild all" in said


def test_command_refuses_another_file_with_a_sentence(folder: Path) -> None:
    (folder / "films" / "films.csv.gz").write_bytes(b"other")
    with pytest.raises(CommandError, match=r"films\.csv\.gz is not the file .* sha256 differs"):
        call_command("import_sample", data=folder, no_projections=True)
    assert not Movie.objects.filter(pk=FIRST).exists()

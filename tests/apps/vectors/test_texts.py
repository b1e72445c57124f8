"""The text of a film, with the names of its people masked."""

from apps.vectors.texts import film_text, masked


def test_names_of_several_words_become_roles() -> None:
    plot = "Heat is a film by Michael Mann. Al Pacino hunts Robert De Niro in it."
    assert (
        masked(plot, ["Michael Mann"], ["Al Pacino", "Robert De Niro"])
        == "Heat is a film by the director. an actor hunts an actor in it."
    )


def test_runs_of_names_collapse() -> None:
    plot = "It stars Al Pacino, Robert De Niro and Val Kilmer, and is by Joel Coen and Ethan Coen."
    directors, cast = ["Joel Coen", "Ethan Coen"], ["Al Pacino", "Robert De Niro", "Val Kilmer"]
    assert masked(plot, directors, cast) == "It stars actors, and is by the directors."


def test_who_directs_and_acts_is_the_director() -> None:
    assert masked("With Woody Allen.", ["Woody Allen"], ["Woody Allen"]) == "With the director."


def test_names_of_one_word_and_parts_of_words_stay() -> None:
    plot = "Cher sings; Al Pacinos do not."
    assert masked(plot, [], ["Cher", "Al Pacino"]) == plot


def test_the_longer_of_two_names_is_taken() -> None:
    assert masked("By Lana Del Rey.", [], ["Lana Del", "Lana Del Rey"]) == "By an actor."


def test_names_are_no_patterns() -> None:
    assert masked("Sam Jr. (I) acts.", [], ["Sam Jr. (I)"]) == "an actor acts."


def test_tags_that_are_names_vanish_and_twelve_stay() -> None:
    tags = ["al pacino", *(f"tag{number}" for number in range(20))]
    text = film_text(
        title="Heat", year=1995, genres=["Crime"], tags=tags, plot="", directors=[],
        cast=["Al Pacino"],
    )  # fmt: skip
    assert text == "Heat (1995). Crime. " + ", ".join(f"tag{number}" for number in range(12))


def test_what_is_missing_leaves_no_trace() -> None:
    text = film_text(
        title="Heat", year=None, genres=[], tags=[], plot="  A \n plot. ", directors=[], cast=[]
    )
    assert text == "Heat. A plot."

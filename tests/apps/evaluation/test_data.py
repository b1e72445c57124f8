"""The three layouts of MovieLens, and the shipped sample."""

from pathlib import Path

import pytest

from apps.evaluation.data import read
from apps.evaluation.movielens import NoMovieLens

CSV = {
    "ratings.csv": "userId,movieId,rating,timestamp\n1,7,4.5,100\n1,8,3.0,50\n2,7,0.5,20\n",
    "movies.csv": (
        'movieId,title,genres\n7,"Matrix, The (1999)",Action|Sci-Fi\n8,Nobody (2001),Children\n'
        "9,Unrated (1990),War\n"
    ),
}
DAT = {
    "ratings.dat": "1::7::4::100\n1::8::3::50\n2::7::1::20\n",
    "movies.dat": "7::Matrix, The (1999)::Action|Sci-Fi\n8::Nobody (2001)::Children's\n",
}
FLAGS = "0|0|0|0|1|" + "0|" * 13 + "0"
FLAGS_OF_MATRIX = "0|1|" + "0|" * 13 + "1|0|0|0"
OLD = {
    "u.data": "1\t7\t4\t100\n1\t8\t3\t50\n2\t7\t1\t20\n",
    "u.item": (
        f"7|Matrix, The (1999)|01-Jan-1999||http|{FLAGS_OF_MATRIX}\n"
        f"8|Nobody (2001)|01-Jan-2001||http|{FLAGS}\n"
    ),
}


@pytest.mark.parametrize("files", [CSV, DAT, OLD], ids=["csv", "dat", "data"])
def test_a_folder_of_movielens_is_read(files: dict[str, str], tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    data = read(tmp_path)
    assert data.log.person.tolist() == [1, 1, 2]
    assert data.log.movie.tolist() == [7, 8, 7]
    assert data.log.half_stars.tolist()[1] == 6
    matrix, nobody = data.films
    assert (matrix.id, matrix.title, matrix.year) == (7, "The Matrix", 1999)
    assert matrix.genres == ("Action", "Sci-Fi")
    assert "Keanu Reeves" in matrix.cast
    assert (nobody.genres, nobody.plot) == (("Children",), "")


def test_half_stars_are_kept(tmp_path: Path) -> None:
    for name, text in CSV.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert read(tmp_path).log.half_stars.tolist() == [9, 6, 1]


def test_another_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ratings.csv").touch()
    with pytest.raises(NoMovieLens):
        read(tmp_path)


def test_ratings_of_other_films_are_refused(tmp_path: Path) -> None:
    for name, text in {**CSV, "movies.csv": "movieId,title,genres\n9,Other (1990),War\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(NoMovieLens, match="Take both of one data set"):
        read(tmp_path)


def test_only_a_year_of_films_is_taken_from_a_title(tmp_path: Path) -> None:
    films = {
        "Nobody (0000)": ("Nobody (0000)", None),
        "(1999)": ("(1999)", None),
        "2001: A Space Odyssey": ("2001: A Space Odyssey", None),
        "Moon, The (a.k.a. Luna) (1979)": ("The Moon (a.k.a. Luna)", 1979),
        "Fears, Theories (1999)": ("Fears, Theories", 1999),
    }
    rated = [f"1::{pk}::4::100" for pk in range(1, 6)]
    titles = [f"{pk}::{name}::War" for pk, name in enumerate(films, 1)]
    (tmp_path / "ratings.dat").write_text("\n".join(rated), encoding="utf-8")
    (tmp_path / "movies.dat").write_text("\n".join(titles), encoding="utf-8")
    assert [(film.title, film.year) for film in read(tmp_path).films] == [*films.values()]


def test_of_the_sample_only_rated_films_are_ranked() -> None:
    data = read(None)
    assert len(data.log) == 100_836
    assert len(data.films) == 9_724
    assert {tag.movie_id for tag in data.tags} <= {film.id for film in data.films}

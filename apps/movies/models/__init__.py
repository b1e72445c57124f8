"""What films are (catalogue), and what people say of them (opinions)."""

from apps.movies.models.catalogue import Credit, Genre, Movie, MovieGenre, MovieTag, Person
from apps.movies.models.opinions import DISLIKE, LEAST_TOLD, LIKE, MovieStatistics, Rating

__all__ = [
    "DISLIKE",
    "LEAST_TOLD",
    "LIKE",
    "Credit",
    "Genre",
    "Movie",
    "MovieGenre",
    "MovieStatistics",
    "MovieTag",
    "Person",
    "Rating",
]

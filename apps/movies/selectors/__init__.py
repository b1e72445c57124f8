"""What is true of films and opinions now. `facts` is for the stores, the rest for the API."""

from apps.movies.selectors.facts import (
    Film,
    FilmCredit,
    PersonName,
    RatingFact,
    RatingKey,
    existing_movies,
    films,
    newest_ratings,
    people,
    raters_of,
    ratings_of,
)

__all__ = [
    "Film",
    "FilmCredit",
    "PersonName",
    "RatingFact",
    "RatingKey",
    "existing_movies",
    "films",
    "newest_ratings",
    "people",
    "raters_of",
    "ratings_of",
]

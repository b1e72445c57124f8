"""The facts about films and opinions that other stores hold."""

from apps.outbox.topics import Topic, declare

MOVIE = declare(
    Topic(
        "movies.movie",
        key=("movie_id",),
        lane_by="movie_id",
        into=("graph", "vectors", "recommendations"),
    )
)
"""A film with all that belongs to it: title, genres, tags, credits."""

PERSON = declare(Topic("movies.person", key=("person_id",), lane_by="person_id", into=("graph",)))
"""A person who acted in or directed films."""

RATING = declare(
    Topic(
        "movies.rating",
        key=("user_id", "movie_id"),
        lane_by="user_id",
        into=("graph", "vectors", "feeds", "recommendations"),
    )
)
"""What a member thinks of a film."""

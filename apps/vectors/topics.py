"""Facts that matter to the vectors alone."""

from apps.outbox.topics import Topic, declare

EMBEDDING = declare(
    Topic("vectors.embedding", key=("movie_id",), lane_by="movie_id", into=("vectors",))
)
"""A film that a rebuild could not embed: the model was away, or refuses the film's text."""

TASTE = declare(Topic("vectors.taste", key=("user_id",), lane_by="user_id", into=("vectors",)))
"""The vector of a film that this member rated has changed, so their taste has."""

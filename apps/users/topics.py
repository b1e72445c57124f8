"""The facts about people that other stores hold."""

from apps.outbox.topics import Topic, declare

MEMBER = declare(
    Topic("users.member", key=("user_id",), lane_by="user_id", into=("graph", "vectors", "feeds"))
)
"""A member came, changed or left."""

FOLLOW = declare(
    Topic(
        "users.follow",
        key=("follower_id", "followee_id"),
        lane_by="follower_id",
        into=("graph", "feeds"),
    )
)
"""One member follows another, asked to, or no longer does."""

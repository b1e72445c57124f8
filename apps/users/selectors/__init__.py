"""What is true of people now. `facts` is for the stores, the rest for what people see."""

from apps.users.selectors.facts import (
    FollowEdge,
    FollowKey,
    Member,
    followee_ids,
    follower_ids,
    follows_of,
    members,
)
from apps.users.selectors.profiles import (
    Listed,
    Profile,
    blocks_page,
    follow_requests_page,
    followers_page,
    following_page,
    mutes_page,
    open_profile,
    profile,
)
from apps.users.selectors.visibility import (
    is_username_taken,
    named,
    unmuted,
    user_to_unblock,
    visible_opinions,
    visible_people,
    visible_people_among,
    visible_user,
)

__all__ = [
    "FollowEdge",
    "FollowKey",
    "Listed",
    "Member",
    "Profile",
    "blocks_page",
    "follow_requests_page",
    "followee_ids",
    "follower_ids",
    "followers_page",
    "following_page",
    "follows_of",
    "is_username_taken",
    "members",
    "mutes_page",
    "named",
    "open_profile",
    "profile",
    "unmuted",
    "user_to_unblock",
    "visible_opinions",
    "visible_people",
    "visible_people_among",
    "visible_user",
]

"""Paths of people."""

from django.urls import path

from apps.users.api import views

urlpatterns = [
    path("me/avatar/", views.MyAvatar.as_view(), name="my-avatar"),
    path("me/security-events/", views.MySecurityEvents.as_view(), name="my-security-events"),
    path("sign-in/code/", views.SignInCode.as_view(), name="sign-in-code"),
    path("me/blocks/", views.MyBlocks.as_view(), name="my-blocks"),
    path("me/mutes/", views.MyMutes.as_view(), name="my-mutes"),
    path("me/follow-requests/", views.MyFollowRequests.as_view(), name="my-follow-requests"),
    path(
        "me/follow-requests/<username:name>/",
        views.MyFollowRequest.as_view(),
        name="my-follow-request",
    ),
    path("users/<username:name>/", views.UserProfile.as_view(), name="user"),
    path("users/<username:name>/followers/", views.Followers.as_view(), name="user-followers"),
    path("users/<username:name>/following/", views.Following.as_view(), name="user-following"),
    path("users/<username:name>/mutuals/", views.Mutuals.as_view(), name="user-mutuals"),
    path("users/<username:name>/follow/", views.FollowUser.as_view(), name="user-follow"),
    path("users/<username:name>/block/", views.BlockUser.as_view(), name="user-block"),
    path("users/<username:name>/mute/", views.MuteUser.as_view(), name="user-mute"),
]

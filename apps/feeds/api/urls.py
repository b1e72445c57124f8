"""Paths of the feed."""

from django.urls import path

from apps.feeds.api import views

urlpatterns = [
    path("feed/", views.Feed.as_view(), name="feed"),
    path("feed/seen/", views.FeedSeen.as_view(), name="feed-seen"),
]

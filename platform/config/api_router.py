"""The list of REST resources, version 1. Each app serves what it owns; this module only lists."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    # Django compares one after another: what is asked most stands first.
    path("", include("apps.feeds.api.urls")),
    path("", include("apps.recommendations.api.urls")),
    path("", include("apps.movies.api.urls")),
    path("", include("apps.privacy.api.urls")),
    path("", include("apps.users.api.urls")),
    path("", include("apps.graph.api.urls")),
    path("", include("apps.outbox.api.urls")),
    path("", include("apps.consistency.api.urls")),
]

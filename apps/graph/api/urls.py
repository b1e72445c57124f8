"""Paths of people and the films between them."""

from django.urls import path

from apps.graph.api import views

urlpatterns = [
    path("me/suggestions/", views.MySuggestions.as_view(), name="my-suggestions"),
    path("me/suggestions/<username:name>/", views.MySuggestion.as_view(), name="my-suggestion"),
    path(
        "people/<bigid:person_id>/collaborators/",
        views.Collaborators.as_view(),
        name="collaborators",
    ),
    path(
        "people/<bigid:person_id>/path/<bigid:other_id>/",
        views.Path.as_view(),
        name="path",
    ),
]

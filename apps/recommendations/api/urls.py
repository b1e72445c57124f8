"""Paths of recommendations and similar films."""

from django.urls import path

from apps.recommendations.api import views

urlpatterns = [
    path("me/recommendations/", views.MyRecommendations.as_view(), name="my-recommendations"),
    path("me/onboarding/", views.Onboarding.as_view(), name="onboarding"),
    path("me/recommendations/<uuid:slate_id>/clicks/", views.Clicks.as_view(), name="clicks"),
    path("me/recommendations/dismiss/", views.Dismiss.as_view(), name="dismiss"),
    path("me/recommendations/dismissed/", views.Dismissed.as_view(), name="dismissed"),
    path(
        "me/recommendations/dismissed/<bigid:movie_id>/",
        views.DismissedFilm.as_view(),
        name="dismissed-film",
    ),
    path("similar/", views.Similar.as_view(), name="similar"),
    path("movies/<bigid:movie_id>/similar/", views.SimilarMovies.as_view(), name="similar-movies"),
]

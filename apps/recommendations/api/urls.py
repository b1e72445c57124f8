"""Paths of recommendations and similar films."""

from django.urls import path

from apps.recommendations.api import views

urlpatterns = [
    path("me/recommendations/", views.MyRecommendations.as_view(), name="my-recommendations"),
    path("movies/<bigid:movie_id>/similar/", views.SimilarMovies.as_view(), name="similar-movies"),
]

"""Paths of films, people and opinions."""

from django.urls import path

from apps.movies.api import views

urlpatterns = [
    path("movies/", views.Movies.as_view(), name="movies"),
    path("movies/autocomplete/", views.Autocomplete.as_view(), name="movies-autocomplete"),
    path("movies/<bigid:movie_id>/", views.MovieDetail.as_view(), name="movie"),
    path("movies/<bigid:movie_id>/rating/", views.MyRating.as_view(), name="movie-rating"),
    path("movies/<bigid:movie_id>/friends/", views.FriendsOpinions.as_view(), name="movie-friends"),
    path("people/", views.People.as_view(), name="people"),
    path("people/<bigid:person_id>/", views.PersonDetail.as_view(), name="person"),
    path("users/<username:name>/match/", views.TasteMatch.as_view(), name="user-match"),
    path("users/<username:name>/activity/", views.MemberActivity.as_view(), name="user-activity"),
    path("me/ratings/", views.MyRatings.as_view(), name="my-ratings"),
]

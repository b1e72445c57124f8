"""Where browsers and Apple come back to; everything else of sign-in is allauth's."""

from django.urls import path

from apps.users.signin import apple, codes, providers

urlpatterns = [
    path("google/login/callback/", providers.google_callback, name="google_callback"),
    path("apple/login/callback/", providers.apple_callback, name="apple_callback"),
    path(
        "apple/login/callback/finish/",
        providers.apple_finish_callback,
        name="apple_finish_callback",
    ),
    path("apple/notices/", apple.notices, name="apple_notices"),
    path("continue/", codes.continue_in_app, name="continue_in_app"),
]

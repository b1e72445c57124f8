"""Paths of the sync state and of dead letters."""

from django.urls import path

from apps.outbox.api import views

urlpatterns = [
    path("sync/status/", views.SyncStatus.as_view(), name="sync-status"),
    path("ops/dead-letters/", views.DeadLetters.as_view(), name="dead-letters"),
    path("ops/dead-letters/replay/", views.ReplayDeadLetters.as_view(), name="dead-letters-replay"),
    path("ops/dead-letters/<bigid:failure_id>/", views.DeadLetter.as_view(), name="dead-letter"),
    path(
        "ops/dead-letters/<bigid:failure_id>/replay/",
        views.ReplayDeadLetter.as_view(),
        name="dead-letter-replay",
    ),
    path(
        "ops/dead-letters/<bigid:failure_id>/discard/",
        views.DiscardDeadLetter.as_view(),
        name="dead-letter-discard",
    ),
]

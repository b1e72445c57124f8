"""Paths of the sync state."""

from django.urls import path

from apps.outbox.api import views

urlpatterns = [path("sync/status/", views.SyncStatus.as_view(), name="sync-status")]

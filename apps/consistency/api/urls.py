"""Paths of the checker."""

from django.urls import path

from apps.consistency.api import views

urlpatterns = [
    path("ops/reconcile/", views.Runs.as_view(), name="reconcile"),
    path("ops/reconcile/<bigid:run_id>/", views.OneRun.as_view(), name="reconcile-run"),
]

"""Paths of one's own data."""

from django.urls import path

from apps.privacy.api import views

urlpatterns = [
    path("me/", views.Me.as_view(), name="me"),
    path("me/export/", views.MyExport.as_view(), name="my-export"),
]

"""Every path outside the REST resources, which api_router lists."""

from csp.decorators import csp_update
from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from apps.common import metrics
from apps.common.api import errors, health
from apps.privacy import exports
from apps.users import avatars, pages
from config import api_router

admin.site.site_header = admin.site.site_title = "Cinemesh"

# Swagger's pages set styles in their markup; no other page of ours does.
docs = csp_update({"style-src": ["'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)

urlpatterns = [
    # Asked most, so before what would be compared with its path in vain.
    path("api/v1/", include(api_router)),
    path("", RedirectView.as_view(pattern_name="docs")),
    path("livez", health.live),
    path("readyz", health.ready),
    path("metrics", metrics.metrics),
    path("admin/", admin.site.urls),
    path("account/", include(pages)),
    path("accounts/", include("apps.users.signin.urls")),
    re_path(r"^media/avatars/([0-9a-f]{64})-(256|64)\.webp$", avatars.serve, name="avatar"),
    path("exports/<str:token>", exports.serve, name="export"),
    # allauth's views of telephone numbers need an adapter for them, and fail without.
    re_path(r"^_allauth/(?:app|browser)/v1/(?:account|auth)/phone", errors.absent),
    path("_allauth/", include("allauth.headless.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
]
handler400 = "apps.common.api.errors.bad_request"
handler404 = "apps.common.api.errors.not_found"
handler500 = "apps.common.api.errors.server_error"

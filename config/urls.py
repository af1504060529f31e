"""Every address of the product."""

from django.urls import URLPattern, URLResolver, include, path

from config.health import healthz, readyz
from connected_apps.oauth import urls as oauth_urls
from dashboard import urls as dashboard_urls
from mcp_endpoint.views import endpoint

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("", include(oauth_urls)),
    path("<str:account>/api/mcp", endpoint, name="mcp"),
    path("", include(dashboard_urls)),
]

handler404 = "dashboard.pages.errors.not_found"
handler500 = "dashboard.pages.errors.defect"

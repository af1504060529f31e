"""Connect a client: which clients there are, how each signs in, and what to do when it fails."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import Visitor
from connected_apps import clients
from dashboard.pages.connected_applications import (
    client_snippets,
    connected_page,
    endpoint_url,
)
from dashboard.quick_install import quick_install
from dashboard.shell import render_page

STAGING_HOST = "the API of its own staging installation"
TOKEN_PLACEHOLDER = "YOUR_ACCESS_TOKEN"  # noqa: S105  what stands where a token goes


@require_safe
@connected_page
def connect_client(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    words = clients.Words(
        product=settings.PRODUCT_NAME,
        server=settings.MCP_SERVER_NAME,
        url=endpoint_url(visitor),
        dashboard=settings.PUBLIC_URL,
        staging_host=STAGING_HOST,
    )
    context = {
        "endpoint_url": words.url,
        "quick_install": quick_install(visitor.account),
        "guide": clients.guide(words),
        "placeholder": TOKEN_PLACEHOLDER,
        "snippets": client_snippets(visitor, TOKEN_PLACEHOLDER),
    }
    return render_page(
        request, visitor, "connected_apps/connect.html", context, section="connect_client"
    )

"""Expected errors become pages, and expired sessions do not end up inside a page."""

from collections.abc import Callable
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django_htmx.http import HttpResponseClientRefresh

from common.errors import ProductError
from dashboard.pages.errors import error_page
from dashboard.request import wants_fragment


class ProductErrorMiddleware:
    """The only place of the dashboard that catches ProductError."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answers; a part of a page that leads to sign-in reloads the page instead."""
        response = self.get_response(request)
        if response.status_code == 302 and wants_fragment(request):
            target = urlsplit(response.headers["Location"]).path
            if target == reverse("sign_in"):
                return HttpResponseClientRefresh()
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ProductError):
            return error_page(request, error)
        return None

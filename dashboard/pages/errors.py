"""Pages for what went wrong: absent, forbidden, refused, and our own defects."""

import logging
from dataclasses import dataclass
from uuid import uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.access import Visitor, visitor_of
from accounts.models import User
from common.errors import ProductError
from dashboard.shell import render_page
from runs.queries import list_runs

logger = logging.getLogger(__name__)

LATEST_RUNS = 3
MAX_SHOWN_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Trouble:
    """What an error page says: a title, one sentence, and the way out."""

    status: int
    title: str
    message: str
    way_out: str = ""


TITLES = {
    403: "You may not do this",
    404: "There is no page at this address",
    409: "This cannot be done now",
    422: "Something in the request is not right",
    502: "Another system did not do its part",
}


def error_page(request: HttpRequest, error: ProductError) -> HttpResponse:
    """The page of an expected error, with its status."""
    if error.http_status == 404:
        return not_found(request)
    message = error.message[:1].upper() + error.message[1:]
    title = TITLES.get(error.http_status, "This did not work")
    return _render(request, Trouble(error.http_status, title, message))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The same page for what is absent and for what belongs to another account."""
    address = request.path[:MAX_SHOWN_ADDRESS]
    message = "does not exist, or it belongs to an account that you are not a member of."
    return _render(request, Trouble(404, TITLES[404], message), address=address)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token: mostly a page that stood open across a sign-in."""
    message = "The form was sent from a page that is out of date, so nothing was changed."
    way_out = "Go back, reload the page and send the form again."
    return _render(request, Trouble(403, "Send the form again", message, way_out))


def defect(request: HttpRequest) -> HttpResponse:
    """Our own failure. Reads nothing from the database, which may be what failed."""
    reference = uuid4().hex[:12]
    logger.error("defect %s at %s %s", reference, request.method, request.path)
    context = {
        "product_name": settings.PRODUCT_NAME,
        "reference": reference,
        "at": f"{timezone.now():%Y-%m-%d %H:%M:%S} UTC",
        "path": request.path,
        "can_repeat": request.method == "GET",
    }
    return HttpResponse(render_to_string("500.html", context), status=500)


def _render(request: HttpRequest, trouble: Trouble, address: str = "") -> HttpResponse:
    context: dict[str, object] = {"trouble": trouble, "address": address}
    visitor = _visitor(request)
    if visitor is None:
        return render(request, "dashboard/error_public.html", context, status=trouble.status)
    with timezone.override(visitor.user.time_zone):
        context["words"] = address.rstrip("/").rsplit("/", 1)[-1]
        context["runs"] = list_runs(account=visitor.account)[:LATEST_RUNS]
        template = "dashboard/error.html"
        return render_page(request, visitor, template, context, section="", status=trouble.status)


def _visitor(request: HttpRequest) -> Visitor | None:
    """The member whose account the address begins with, if there is one."""
    if not isinstance(request.user, User):
        return None
    try:
        return visitor_of(request, request.path.split("/")[1][:63])
    except Http404:
        return None

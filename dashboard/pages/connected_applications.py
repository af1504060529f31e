"""Settings → Developer Settings → Connected Applications: the list, and what is done to it.

Every dialog has an address of its own and works as a page; the token is in the answer to the one
form that made it and nowhere else. Source: "Step 1: Get a Personal Access Token" in the product
documentation.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import AccountPage, Visitor, account_page
from accounts.models import Membership
from accounts.queries import owners_of
from common.errors import Conflict, InvalidInput
from connected_apps.access import Access
from connected_apps.models import ConnectedApplication
from connected_apps.queries import get_application, list_applications, people_connected
from connected_apps.services import create_token, rename, revoke, revoke_many
from connected_apps.snippets import Endpoint, Snippet, snippets_for
from dashboard.connection_list import (
    KIND_WORDS,
    STANDING_WORDS,
    Filters,
    Row,
    filtered,
    read_filters,
    rows_of,
)
from dashboard.new_connection import NewConnection, blank_form, offer_to, read_form
from dashboard.paging import KeyPage, key_page
from dashboard.quick_install import quick_install
from dashboard.request import wants_fragment
from dashboard.shell import render_fragment, render_page

P = ParamSpec("P")

MAX_PEOPLE = 200
MAX_OWNERS = 3
LIST_TEMPLATE = "connected_apps/list.html"


def connected_page(view: AccountPage[P]) -> Callable[..., HttpResponse]:
    """Let the view answer where clients may connect at all, and let no cache keep its answer."""

    def gate(
        request: HttpRequest, visitor: Visitor, /, *args: P.args, **kwargs: P.kwargs
    ) -> HttpResponse:
        if visitor.account.mcp_enabled:
            return view(request, visitor, *args, **kwargs)
        is_owner = visitor.role == Membership.Role.OWNER
        context = {"owners": owners_of(visitor.account)[:MAX_OWNERS], "is_owner": is_owner}
        template = "connected_apps/switched_off.html"
        return render_page(request, visitor, template, context, section="", status=403)

    return never_cache(account_page(gate))


def endpoint_url(visitor: Visitor) -> str:
    return f"{settings.API_URL}/{visitor.account.subdomain}/api/mcp"


def client_snippets(visitor: Visitor, token: str) -> list[Snippet]:
    return snippets_for(
        Endpoint(
            url=endpoint_url(visitor),
            token=token,
            server_name=settings.MCP_SERVER_NAME,
            product=settings.PRODUCT_NAME,
        )
    )


@require_safe
@connected_page
def connection_list(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The visitor's connections; for those who manage, the connections of everyone."""
    filters = read_filters(request, visitor)
    page = key_page(filtered(visitor, filters), request)
    if wants_fragment(request):
        context = _list_context(visitor, filters, page)
        return render_fragment(request, visitor, "connected_apps/_list.html", context)
    return _list_page(request, visitor, filters=filters, page=page)


@require_http_methods(["GET", "HEAD", "POST"])
@connected_page
def new_connection(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The form, and in answer to it the token, this once."""
    if request.method != "POST":
        return _list_page(request, visitor, opened="new")
    form = read_form(request, visitor)
    if form.errors:
        return _list_page(request, visitor, opened="new", status=422, form=form)
    try:
        application, token = create_token(
            account=visitor.account,
            user=visitor.user,
            name=form.name,
            actor=visitor.actor,
            scopes=form.scopes,
            lifetime_days=form.lifetime_days,
            tool_groups=form.groups if form.access == Access.CHOSEN else None,
            workspace_ids=form.workspace_ids if form.only_chosen_workspaces else None,
            form_key=form.form_key,
        )
    except InvalidInput as error:
        field, _, text = error.message.partition(": ")
        name = {"name": "name", "workspace_ids": "workspaces"}.get(field, "form")
        form.errors[name] = f"{text[:1].upper()}{text[1:]}." if text else error.message
        return _list_page(request, visitor, opened="new", status=422, form=form)
    except Conflict:
        return _list_page(request, visitor, opened="sent_before", status=409)
    return _list_page(
        request, visitor, opened="reveal", revealed=_revealed(visitor, application, token)
    )


@require_http_methods(["GET", "HEAD", "POST"])
@connected_page
def revoke_connection(request: HttpRequest, visitor: Visitor, application_id: int) -> HttpResponse:
    """The question, and in answer to it the end of one connection, of a client or of a user."""
    application = _own_or_managed(visitor, application_id)
    filters = read_filters(request, visitor)
    if request.method != "POST":
        return _dialog(request, visitor, "revoke", application, filters)
    which = request.POST.get("which", "one") if visitor.manages else "one"
    if which == "client":
        revoke_many(account=visitor.account, name=application.name, actor=visitor.actor)
    elif which == "user":
        revoke_many(account=visitor.account, user=application.user, actor=visitor.actor)
    elif which == "one":
        revoke(application=application, actor=visitor.actor)
    else:
        raise InvalidInput("which: choose one, client or user")
    return _back(visitor, filters)


@require_http_methods(["GET", "HEAD", "POST"])
@connected_page
def rename_connection(request: HttpRequest, visitor: Visitor, application_id: int) -> HttpResponse:
    application = _own_or_managed(visitor, application_id)
    filters = read_filters(request, visitor)
    if request.method != "POST":
        return _dialog(request, visitor, "rename", application, filters)
    name = request.POST.get("name", "")
    try:
        rename(application=application, name=name, actor=visitor.actor)
    except InvalidInput:
        context = {"typed": name, "error": "Enter a name of 1 to 255 visible characters."}
        return _dialog(request, visitor, "rename", application, filters, status=422, **context)
    return _back(visitor, filters)


def _own_or_managed(visitor: Visitor, application_id: int) -> ConnectedApplication:
    user = None if visitor.manages else visitor.user
    return get_application(account=visitor.account, application_id=application_id, user=user)


def _back(visitor: Visitor, filters: Filters) -> HttpResponse:
    address = reverse("connected_applications", args=[visitor.account.subdomain])
    return redirect(f"{address}{filters.query}")


def _revealed(visitor: Visitor, application: ConnectedApplication, token: str) -> dict[str, object]:
    return {
        "row": _rows(visitor, [application])[0],
        "token": token,
        "snippets": client_snippets(visitor, token),
    }


def _dialog(
    request: HttpRequest,
    visitor: Visitor,
    opened: str,
    application: ConnectedApplication,
    filters: Filters,
    *,
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """The dialog of one connection: alone for htmx, over the list for everybody else."""
    live = list_applications(account=visitor.account).filter(
        status=ConnectedApplication.Status.ACTIVE
    )
    about = {
        "application": application,
        "is_own": application.user_id == visitor.user.pk,
        "of_client": live.filter(name=application.name).count() if visitor.manages else 0,
        "of_user": live.filter(user=application.user).count() if visitor.manages else 0,
        **context,
    }
    if wants_fragment(request):
        alone = {"about": about, "filters": filters}
        return render_fragment(request, visitor, f"connected_apps/_{opened}.html", alone)
    return _list_page(request, visitor, opened=opened, filters=filters, status=status, about=about)


def _list_page(
    request: HttpRequest,
    visitor: Visitor,
    *,
    opened: str = "",
    status: int = 200,
    filters: Filters | None = None,
    page: KeyPage[ConnectedApplication] | None = None,
    form: NewConnection | None = None,
    **context: object,
) -> HttpResponse:
    """The whole page; `opened` names the dialog that stands open over the list."""
    filters = filters or read_filters(request, visitor)
    page = page or key_page(filtered(visitor, filters), request)
    whole = {
        **_list_context(visitor, filters, page),
        **context,
        "opened": opened,
        "form": form or blank_form(visitor),
        "offer": offer_to(visitor),
        "people": people_connected(visitor.account)[:MAX_PEOPLE] if visitor.manages else (),
        "quick_install": quick_install(visitor.account),
        "endpoint_url": endpoint_url(visitor),
        "kinds": KIND_WORDS,
        "standings": STANDING_WORDS,
    }
    return render_page(
        request, visitor, LIST_TEMPLATE, whole, section="connected_applications", status=status
    )


def _list_context(
    visitor: Visitor, filters: Filters, page: KeyPage[ConnectedApplication]
) -> Mapping[str, object]:
    return {
        "page": page,
        "rows": _rows(visitor, page.rows),
        "filters": filters,
        "manages": visitor.manages,
    }


def _rows(visitor: Visitor, applications: Sequence[ConnectedApplication]) -> list[Row]:
    names = dict(visitor.account.workspaces.values_list("pk", "name"))
    return rows_of(applications, viewer=visitor.user, workspace_names=names)

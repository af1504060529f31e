"""Runs: the list, one run while it works and afterwards, its log, and stopping it."""

from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HTMX_STOP_POLLING

from accounts.access import Visitor, account_page
from accounts.rights import Scope
from dashboard.paging import key_page
from dashboard.request import number_in, wants_fragment
from dashboard.run_page import read_log, read_log_after, read_state
from dashboard.shell import render_fragment, render_page
from packages_app.queries import get_package
from runs.models import Run
from runs.queries import get_run, list_runs
from runs.services import cancel_run
from runs.states import FINISHED, UNFINISHED

STATUS_FILTERS = {"failed": frozenset({Run.Status.FAILED}), "unfinished": UNFINISHED}
DOWNLOAD_CHUNK = 1000


@require_safe
@account_page
def run_list(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """All runs of the account or of one package, the newest first."""
    status = request.GET.get("status", "")
    package_id = number_in(request, "package")
    package = (
        get_package(account=visitor.account, package_id=package_id)
        if package_id is not None
        else None
    )
    runs = (
        list_runs(account=visitor.account, package_id=package_id, include_children=True)
        .exclude(child_kind=Run.ChildKind.TASK)
        .select_related("owner")
    )
    if status in STATUS_FILTERS:
        runs = runs.filter(status__in=STATUS_FILTERS[status])
    context = {"page": key_page(runs, request), "status": status, "package": package}
    if wants_fragment(request):
        return render_fragment(request, visitor, "dashboard/_run_list.html", context)
    return render_page(request, visitor, "dashboard/run_list.html", context, section="runs")


@require_safe
@account_page
def run(request: HttpRequest, visitor: Visitor, run_id: int) -> HttpResponse:
    found = get_run(account=visitor.account, run_id=run_id)
    log_view = read_log(found)
    context = {
        "state": read_state(found, log_view.lines),
        "log": log_view,
        "may_run": visitor.may(Scope.RUN),
    }
    return render_page(request, visitor, "dashboard/run.html", context, section="runs")


@require_safe
@account_page
def state(request: HttpRequest, visitor: Visitor, run_id: int) -> HttpResponse:
    """The part of the run page above the log; status 286 ends the polling of a finished run."""
    found = get_run(account=visitor.account, run_id=run_id)
    shown = request.GET.get("shown", "")
    context = {
        "state": read_state(found),
        "may_run": visitor.may(Scope.RUN),
        "has_changed": bool(shown) and shown != found.status,
    }
    status = HTMX_STOP_POLLING if found.status in FINISHED else 200
    return render_fragment(request, visitor, "dashboard/_run_state.html", context, status=status)


@require_safe
@account_page
def log(request: HttpRequest, visitor: Visitor, run_id: int) -> HttpResponse:
    """The lines after `?after=` for the live log; without it the whole log as a text file."""
    found = get_run(account=visitor.account, run_id=run_id)
    after = number_in(request, "after")
    if after is not None:
        context = {"run": found, "log": read_log_after(found, after)}
        return render_fragment(request, visitor, "dashboard/_log_more.html", context)
    name = f"run-{found.pk}.log"
    return HttpResponse(
        _text_lines(found),
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@account_page
def cancel(request: HttpRequest, visitor: Visitor, run_id: int) -> HttpResponse:
    visitor.require(Scope.RUN)
    cancel_run(account=visitor.account, run_id=run_id, actor=visitor.actor)
    return redirect("run", account=visitor.account.subdomain, run_id=run_id)


def _text_lines(found: Run) -> Iterator[str]:
    lines = found.log_lines.order_by("number").iterator(chunk_size=DOWNLOAD_CHUNK)
    for line in lines:
        at = line.at.isoformat(timespec="milliseconds")
        yield f"{at} {line.level} {line.component or 'run'} {line.message}\n"

"""Packages: the list, one package, and starting it."""

from collections import Counter

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from accounts.access import Visitor, account_page
from accounts.rights import Scope
from dashboard.figures import plural
from dashboard.package_page import read_package_page
from dashboard.paging import key_page
from dashboard.request import number_in, wants_fragment
from dashboard.shell import render_fragment, render_page
from packages_app.models import Package
from packages_app.queries import get_package, list_packages
from runs.models import Run
from runs.queries import count_by_last_run_status, with_last_run_status
from runs.services import submit_run
from schedules.models import Schedule

MAX_SEARCH_LENGTH = 255


@require_safe
@account_page
def package_list(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """All packages of the account, narrowed by status, workspace and a part of the name."""
    status = request.GET.get("status") or Package.Status.ACTIVE
    workspace_id = number_in(request, "workspace")
    words = request.GET.get("q", "").strip()[:MAX_SEARCH_LENGTH]
    packages = list_packages(account=visitor.account, status=status, workspace_id=workspace_id)
    if words:
        packages = packages.filter(name__icontains=words)
    schedules = Schedule.objects.filter(enabled=True).order_by("next_run_at")
    rows = with_last_run_status(packages).prefetch_related(Prefetch("schedules", schedules))
    context = {
        "page": key_page(rows, request),
        "status": status,
        "workspace_id": workspace_id,
        "words": words,
    }
    if wants_fragment(request):
        return render_fragment(request, visitor, "dashboard/_package_list.html", context)
    active = list_packages(account=visitor.account, status=Package.Status.ACTIVE)
    context["answer"] = health_sentence(count_by_last_run_status(active))
    return render_page(request, visitor, "dashboard/package_list.html", context, section="packages")


@require_safe
@account_page
def package(request: HttpRequest, visitor: Visitor, package_id: int) -> HttpResponse:
    """One package: its data flow with the counts of the last run, and its latest runs."""
    page = read_package_page(
        get_package(account=visitor.account, package_id=package_id),
        view=request.GET.get("view", ""),
        component=request.GET.get("component", ""),
    )
    context = {
        "page": page,
        "package": page.package,
        "schedules": page.package.schedules.order_by("-enabled", "next_run_at")[:5],
        "may_run": visitor.may(Scope.RUN) and page.package.status == Package.Status.ACTIVE,
    }
    return render_page(request, visitor, "dashboard/package.html", context, section="packages")


@require_POST
@account_page
def run_now(request: HttpRequest, visitor: Visitor, package_id: int) -> HttpResponse:
    visitor.require(Scope.RUN)
    run = submit_run(account=visitor.account, package_id=package_id, actor=visitor.actor)
    return redirect("run", account=visitor.account.subdomain, run_id=run.pk)


def health_sentence(counts: Counter[str | None]) -> str:
    """The answer of the list in one sentence: "1 of 5 packages is failing." """
    total, failing = counts.total(), counts[Run.Status.FAILED]
    if not total:
        return ""
    if failing:
        return f"{failing} of {plural(total, 'package')} {'is' if failing == 1 else 'are'} failing."
    if counts[None] == total:
        return f"{plural(total, 'package')}, none of which has run yet."
    return f"{plural(total, 'package')}, none of which is failing."

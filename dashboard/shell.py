"""The frame around every page of an account: navigation, workspaces, account switcher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from accounts.access import Visitor
from accounts.models import Account
from accounts.queries import memberships_of
from runs.queries import WorkspaceHealth, count_working, list_workspaces


@dataclass(frozen=True, slots=True)
class Shell:
    """What the sidebar shows; `section` is the current entry of the navigation."""

    visitor: Visitor
    section: str
    workspaces: Sequence[WorkspaceHealth]
    working_count: int
    other_accounts: Sequence[Account]

    @property
    def initials(self) -> str:
        words = self.visitor.user.display_name.split()
        return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


def shell_of(visitor: Visitor, section: str) -> Shell:
    """Four queries, whatever the account holds."""
    return Shell(
        visitor=visitor,
        section=section,
        workspaces=list_workspaces(visitor.account),
        working_count=count_working(visitor.account),
        other_accounts=[
            membership.account
            for membership in memberships_of(visitor.user)
            if membership.account_id != visitor.account.pk
        ],
    )


def render_page(
    request: HttpRequest,
    visitor: Visitor,
    template: str,
    context: Mapping[str, object],
    *,
    section: str,
    status: int = 200,
) -> HttpResponse:
    """A whole page of the visitor's account."""
    shell = shell_of(visitor, section)
    whole = {**context, "shell": shell, "account": visitor.account}
    response = render(request, template, whole, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def render_fragment(
    request: HttpRequest,
    visitor: Visitor,
    template: str,
    context: Mapping[str, object],
    *,
    status: int = 200,
) -> HttpResponse:
    """A part of a page on its own, for htmx."""
    whole = {**context, "account": visitor.account, "is_fragment": True}
    response = render(request, template, whole, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response

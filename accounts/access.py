"""The gate of every page of an account."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import uuid4

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from accounts.models import Account, Membership, User
from accounts.owned import MAX_ID
from accounts.rights import Scope, access_of
from audit.actor import Actor, Door
from common.errors import NotAllowed

P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in member on a page of one account."""

    user: User
    account: Account
    role: str
    actor: Actor

    def may(self, scope: Scope) -> bool:
        return access_of(self.role).allows(scope)

    def require(self, scope: Scope) -> None:
        """Raises NotAllowed, naming the role, when the visitor lacks the right."""
        if not self.may(scope):
            raise NotAllowed(
                f"your role, {self.role}, may not do this; an owner or admin can change it"
            )


AccountPage = Callable[Concatenate[HttpRequest, Visitor, P], HttpResponse]


def visitor_of(request: HttpRequest, id_or_subdomain: str) -> Visitor:
    """The member behind a page request; a stranger and an unknown account are both a 404."""
    assert isinstance(request.user, User)  # noqa: S101  login_required stands in front
    key = "account_id" if id_or_subdomain.isdecimal() else "account__subdomain"
    mine = Membership.objects.select_related("account").filter(user=request.user)
    can_exist = key != "account_id" or int(id_or_subdomain[:20]) <= MAX_ID
    membership = mine.filter(**{key: id_or_subdomain}).first() if can_exist else None
    if membership is None:
        raise Http404("no such account")
    actor = Actor(
        door=Door.PAGE,
        account_id=membership.account_id,
        user_id=request.user.pk,
        user_label=request.user.email,
        request_id=uuid4().hex,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    return Visitor(request.user, membership.account, membership.role, actor)


def account_page(view: AccountPage[P]) -> Callable[..., HttpResponse]:
    """Let members of the account in the address through, and hand the view its visitor."""

    @wraps(view)
    @login_required
    def gate(request: HttpRequest, account: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        visitor = visitor_of(request, account)
        with timezone.override(visitor.user.time_zone):
            return view(request, visitor, *args, **kwargs)

    return gate

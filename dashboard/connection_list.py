"""The list of Connected Applications: its filters, and each connection as a row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from accounts.access import Visitor
from accounts.models import User
from accounts.rights import Scope
from connected_apps.access import access_words
from connected_apps.models import ConnectedApplication
from connected_apps.queries import Standing, State, list_applications, state_of, with_standing
from dashboard.figures import plural
from dashboard.request import number_in

Kind = ConnectedApplication.Kind
KIND_WORDS = {
    Kind.PERSONAL_TOKEN: "Token",
    Kind.OAUTH: "Browser sign-in",
    Kind.PASSWORD_GRANT: "Password grant",
}
STANDING_WORDS = {
    Standing.LIVE: "Active",
    Standing.EXPIRING: "Expires soon",
    Standing.UNUSED: "Unused for 30 days",
    Standing.EXPIRED: "Expired",
    Standing.ENDED: "Revoked or replaced",
}
LIVE_STATES = frozenset({State.ACTIVE, State.EXPIRING, State.UNUSED})
MAX_SEARCH_LENGTH = 255


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for. `everyone` and `user_id` hold for those who manage only."""

    words: str
    kind: str
    standing: str
    everyone: bool
    user_id: int | None

    @property
    def narrows(self) -> bool:
        return bool(self.words or self.kind or self.standing or self.user_id)

    @property
    def query(self) -> str:
        """The filters as a query string, with its question mark unless it is empty."""
        query = QueryDict(mutable=True)
        pairs = {
            "q": self.words,
            "kind": self.kind,
            "status": self.standing,
            "whose": "everyone" if self.everyone else "",
            "user": str(self.user_id or ""),
        }
        query.update({name: value for name, value in pairs.items() if value})
        return f"?{query.urlencode()}" if query else ""


def read_filters(request: HttpRequest, visitor: Visitor) -> Filters:
    """Unknown words of a filter count as none. Raises InvalidInput for a user that is no number."""
    kind, standing = request.GET.get("kind", ""), request.GET.get("status", "")
    everyone = visitor.manages and request.GET.get("whose") == "everyone"
    return Filters(
        words=request.GET.get("q", "").replace("\x00", "").strip()[:MAX_SEARCH_LENGTH],
        kind=kind if kind in Kind.values else "",
        standing=standing if standing in STANDING_WORDS else "",
        everyone=everyone,
        user_id=number_in(request, "user") if everyone else None,
    )


def filtered(visitor: Visitor, filters: Filters) -> QuerySet[ConnectedApplication]:
    """The connections that the visitor may see and asks for."""
    rows = list_applications(
        account=visitor.account, user=None if filters.everyone else visitor.user
    )
    if filters.user_id:
        rows = rows.filter(user_id=filters.user_id)
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.standing:
        rows = with_standing(rows, Standing(filters.standing))
    if filters.words:
        hit = Q()
        for field in ("name", "last_used_address", "last_used_client", "user__name", "user__email"):
            hit |= Q(**{f"{field}__icontains": filters.words})
        rows = rows.filter(hit)
    return rows


@dataclass(frozen=True, slots=True)
class Row:
    """A connection in words. `workspaces` and `groups` say by what it is narrowed."""

    application: ConnectedApplication
    state: State
    kind: str
    access: str
    changes: bool
    workspaces: str
    groups: str
    is_own: bool
    ended: str

    @property
    def is_live(self) -> bool:
        return self.state in LIVE_STATES

    @property
    def is_token(self) -> bool:
        return self.application.kind == Kind.PERSONAL_TOKEN

    @property
    def icon(self) -> str:
        return "browser" if self.application.kind == Kind.OAUTH else "key"

    @property
    def limits(self) -> str:
        """What narrows it; of all workspaces nothing is said where tools are chosen."""
        if self.groups and self.application.workspace_ids is None:
            return self.groups
        return ", ".join(filter(None, (self.groups, self.workspaces)))


def rows_of(
    applications: Sequence[ConnectedApplication],
    *,
    viewer: User,
    workspace_names: Mapping[int, str],
) -> list[Row]:
    """No query: the owners come with the applications, the names with the shell."""
    now = timezone.now()
    return [_row(application, viewer, workspace_names, now) for application in applications]


def _row(
    application: ConnectedApplication,
    viewer: User,
    workspace_names: Mapping[int, str],
    now: datetime,
) -> Row:
    scopes = application.scopes.split()
    groups = application.tool_groups
    return Row(
        application=application,
        state=state_of(application, now),
        kind=KIND_WORDS[Kind(application.kind)],
        access=access_words(scopes, groups),
        changes=Scope.WRITE in scopes and groups is None,
        workspaces=workspace_words(application.workspace_ids, workspace_names),
        groups="" if groups is None else plural(len(groups), "tool group"),
        is_own=application.user_id == viewer.pk,
        ended="you" if application.ended_by == viewer.email else application.ended_by,
    )


def workspace_words(chosen: Sequence[int] | None, names: Mapping[int, str]) -> str:
    """ "All workspaces", the one name, or how many; those that were deleted are left out."""
    if chosen is None:
        return "All workspaces"
    left = [names[workspace_id] for workspace_id in chosen if workspace_id in names]
    if not left:
        return "No workspace is left"
    return left[0] if len(left) == 1 else plural(len(left), "workspace")

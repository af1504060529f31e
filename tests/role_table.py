"""Who may do what: one row for each page, each method of it, and each tool."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from accounts.models import Membership

OWNER, ADMIN, MEMBER, VIEWER, AUDITOR = Membership.Role.values

ALL = frozenset({OWNER, ADMIN, MEMBER, VIEWER, AUDITOR})
WORKING = frozenset({OWNER, ADMIN, MEMBER})
MANAGING = frozenset({OWNER, ADMIN})

ABSENT, REFUSED = 404, 403

ACCOUNT = "<str:account>"
PACKAGE = f"{ACCOUNT}/packages/<int:package_id>"
RUN = f"{ACCOUNT}/runs/<int:run_id>"
DEVELOPER = f"{ACCOUNT}/settings/developer"
CONNECTED = f"{DEVELOPER}/connected_applications"
NEW = f"{CONNECTED}/new"
REVOKE = f"{CONNECTED}/<int:application_id>/revoke"
RENAME = f"{CONNECTED}/<int:application_id>/rename"
CONSENT = "connect/<str:one_time_id>"


@dataclass(frozen=True)
class Page:
    """A request of a page. Roles that may not get `refusal`, and nothing changes.

    `about` says of whom the connection is that it names; `form` is what is sent.
    """

    method: str
    route: str
    roles: frozenset[str]
    refusal: int = REFUSED
    about: str = "mine"
    form: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        words = (self.method, self.route, self.about, *self.form.values())
        return " ".join(words)


def _token(access: str) -> dict[str, str]:
    return {"form_key": "k" * 22, "name": "Desk", "access": access, "lifetime": "90"}


PAGES = (
    Page("GET", f"{ACCOUNT}/packages", ALL),
    Page("GET", PACKAGE, ALL),
    Page("POST", f"{PACKAGE}/run", WORKING),
    Page("GET", f"{ACCOUNT}/runs", ALL),
    Page("GET", RUN, ALL),
    Page("GET", f"{RUN}/state", ALL),
    Page("GET", f"{RUN}/log", ALL),
    Page("POST", f"{RUN}/cancel", WORKING),
    Page("GET", CONNECTED, ALL),
    Page("GET", NEW, ALL),
    Page("POST", NEW, ALL, form=_token("read")),
    Page("POST", NEW, WORKING, form=_token("run")),
    Page("POST", NEW, WORKING, form=_token("full")),
    Page("GET", REVOKE, ALL),
    Page("POST", REVOKE, ALL),
    Page("GET", REVOKE, MANAGING, ABSENT, about="another's"),
    Page("POST", REVOKE, MANAGING, ABSENT, about="another's"),
    Page("GET", RENAME, ALL),
    Page("POST", RENAME, ALL, form={"name": "Renamed"}),
    Page("GET", RENAME, MANAGING, ABSENT, about="another's"),
    Page("POST", RENAME, MANAGING, ABSENT, about="another's", form={"name": "Renamed"}),
    Page("GET", f"{DEVELOPER}/connect", ALL),
    Page("GET", f"{CONNECTED}/extension", ALL),
    Page("GET", CONSENT, ALL),
    Page("POST", CONSENT, ALL, form={"decision": "authorize", "access": "full"}),
    Page("POST", CONSENT, ALL, form={"decision": "deny"}),
)

OFFERS = (
    (PACKAGE, 'action="/acme/packages/{package_id}/run"', WORKING),
    (RUN, 'action="/acme/runs/{run_id}/cancel"', WORKING),
    (NEW, 'name="access" value="run"', WORKING),
    (NEW, 'name="access" value="full"', WORKING),
    (NEW, 'name="groups" value="execution"', WORKING),
    (CONNECTED, 'name="whose" value="everyone"', MANAGING),
)
"""A page, what it offers there, and to whom."""

FOR_EVERYBODY = {
    "healthz",
    "readyz",
    "",
    "sign-in",
    "sign-out",
    ".well-known/oauth-protected-resource/<path:path>",
    ".well-known/oauth-authorization-server",
    ".well-known/<path:path>",
    "<path:prefix>/.well-known/<path:path>",
    "authorize",
    "token",
    "register",
    "revoke",
    "oauth/token",
}
"""Addresses that know no account, and so no role in one."""

BY_TOOL = {f"{ACCOUNT}/api/mcp"}
"""Addresses where the tool decides."""

TOOLS = {
    "list_workspaces": ALL,
    "list_packages": ALL,
    "get_package": ALL,
    "list_connections": ALL,
    "get_connection": ALL,
    "list_clusters": ALL,
    "search_all": ALL,
    "list_component_types": ALL,
    "describe_component_type": ALL,
    "list_runs": ALL,
    "get_run": ALL,
    "explain_job_failure": ALL,
    "list_schedules": ALL,
    "get_schedule": ALL,
    "validate_package": ALL,
    "discover_schema": ALL,
    "discover_file_schema": ALL,
    "preview_data": ALL,
    "test_connection": ALL,
    "create_package": WORKING,
    "clone_package": WORKING,
    "add_package_components": WORKING,
    "update_package_components": WORKING,
    "update_package_edges": WORKING,
    "remove_package_components": WORKING,
    "rename_package": WORKING,
    "manage_package_variables": WORKING,
    "delete_package": WORKING,
    "toggle_schedule": WORKING,
    "run_package": WORKING,
    "cancel_job": WORKING,
    "retry_job": WORKING,
}

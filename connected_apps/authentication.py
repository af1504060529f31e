"""From the text of a bearer token to who calls, in one query for every kind of token."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from accounts.models import Account
from accounts.owned import MAX_ID
from connected_apps.models import AccessToken
from connected_apps.services import LAST_USED_RESOLUTION
from connected_apps.tokens import is_well_formed

# Plain SQL: this is the way in of every call, and building the same query through the ORM costs
# more than running it. Unknown accounts and foreign ones come back as a row without them, because
# the caller answers them differently from an unknown token; who left an account has no role in it,
# and an old connection gains none when the person comes back.
WAY_IN = """
    SELECT t.kind, t.account_id, t.scope, t.user_id, u.email,
           app.id, app.name, app.last_used_at IS NULL OR app.last_used_at < %s,
           app.tool_groups, app.workspace_ids,
           acc.id, acc.subdomain, acc.mcp_enabled, acc.password_grant_enabled,
           CASE WHEN app.status = 'left_account' THEN NULL ELSE m.role END
      FROM connected_apps_accesstoken t
      JOIN accounts_user u ON u.id = t.user_id AND u.is_active
      LEFT JOIN connected_apps_connectedapplication app ON app.id = t.connected_application_id
      LEFT JOIN accounts_account acc ON {account}
      LEFT JOIN accounts_membership m ON m.account_id = acc.id AND m.user_id = t.user_id
     WHERE t.token_checksum = %s AND t.expires > %s AND t.kind <> 'registration'
"""
WAY_IN_BY_SUBDOMAIN = WAY_IN.format(account="acc.subdomain = %s")
WAY_IN_BY_ID = WAY_IN.format(account="acc.id = %s")


@dataclass(frozen=True, slots=True)
class Bearer:
    """A live token. `account_id` is null for password-grant tokens; `token_key` tells tokens apart
    and reveals nothing. `tool_groups` and `workspace_ids` are what its owner narrowed it to."""

    kind: str
    account_id: int | None
    scopes: frozenset[str]
    user_id: int
    email: str
    application_id: int | None
    application_name: str
    use_is_stale: bool
    token_key: str
    tool_groups: list[str] | None
    workspace_ids: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class Admission:
    """The bearer together with the account in the address, and the bearer's role in it."""

    bearer: Bearer
    account: Account | None
    role: str | None

    @property
    def is_bound_here(self) -> bool:
        """Whether the token may be used on this account at all."""
        if self.account is None or self.role is None:
            return False
        if self.bearer.kind == AccessToken.Kind.PASSWORD_GRANT:
            return self.account.password_grant_enabled
        return self.bearer.account_id == self.account.pk


def admit(token: str, id_or_subdomain: str) -> Admission | None:
    """Resolve the token and the account in the address; None when the token is not a live one."""
    if not is_well_formed(token):
        return None
    by_id = id_or_subdomain.isdecimal()
    key: str | int = min(int(id_or_subdomain[:20]), MAX_ID) if by_id else id_or_subdomain
    now = timezone.now()
    adapt = connection.ops.adapt_datetimefield_value
    checksum = hashlib.sha256(token.encode("ascii")).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(
            WAY_IN_BY_ID if by_id else WAY_IN_BY_SUBDOMAIN,
            [adapt(now - LAST_USED_RESOLUTION), key, checksum, adapt(now)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    kind, account_id, scope, user_id, email, application_id, name, is_stale = row[:8]
    tool_groups, workspace_ids = (_json(column) for column in row[8:10])
    bearer = Bearer(
        kind=kind,
        account_id=account_id,
        scopes=frozenset(scope.split()),
        user_id=user_id,
        email=email,
        application_id=application_id,
        application_name=name or "",
        use_is_stale=application_id is not None and bool(is_stale),
        token_key=checksum[:32],
        tool_groups=tool_groups,
        workspace_ids=None if workspace_ids is None else frozenset(workspace_ids),
    )
    return Admission(bearer, _account(row[10:14]), row[14])


def _json(column: str | None) -> Any:
    return None if column is None else json.loads(column)


def _account(columns: tuple[int | None, str, bool, bool]) -> Account | None:
    account_id, subdomain, mcp_enabled, password_grant_enabled = columns
    if account_id is None:
        return None
    return Account(
        id=account_id,
        subdomain=subdomain,
        mcp_enabled=bool(mcp_enabled),
        password_grant_enabled=bool(password_grant_enabled),
    )

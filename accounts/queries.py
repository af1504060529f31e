"""Reads of accounts and memberships."""

from django.db.models import Q, QuerySet

from accounts.models import Account, Membership, User, Workspace
from accounts.owned import get_owned
from common.errors import NotFound


def get_account(id_or_subdomain: str) -> Account:
    """The account named by its subdomain or, all digits, by its id. Raises NotFound."""
    by_id = id_or_subdomain.isdecimal()
    wanted = Q(pk=id_or_subdomain) if by_id else Q(subdomain=id_or_subdomain)
    account = Account.objects.filter(wanted).first()
    if account is None:
        raise NotFound(f"account '{id_or_subdomain}' not found")
    return account


def get_member(account: Account, email: str) -> User:
    """The member of the account with this e-mail address. Raises NotFound."""
    try:
        return User.objects.get(email=email.strip().lower(), memberships__account=account)
    except User.DoesNotExist:
        raise NotFound(f"{email} is not a member of {account.subdomain}") from None


def get_workspace(*, account: Account, workspace_id: int) -> Workspace:
    """The account's workspace. Raises NotFound, foreign ids included."""
    return get_owned(Workspace.objects.for_account(account), workspace_id, "workspace")


def owners_of(account: Account) -> QuerySet[User]:
    return User.objects.filter(
        memberships__account=account, memberships__role=Membership.Role.OWNER, is_active=True
    ).order_by("name", "email")


def memberships_of(user: User) -> QuerySet[Membership]:
    return user.memberships.select_related("account").order_by("account__name")

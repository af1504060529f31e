"""Accounts and people: the verbs."""

from django.db import transaction

from accounts.models import Account, Membership, User, Workspace
from accounts.subdomains import check_subdomain
from audit import services as audit
from audit.actor import Actor
from common.errors import Conflict, InvalidInput, NotFound

MIN_PASSWORD_LENGTH = 10


@transaction.atomic
def create_account(
    *, subdomain: str, name: str, actor: Actor, mcp_enabled: bool = False
) -> Account:
    """A new, empty account. The MCP endpoint is off unless asked for.

    Raises InvalidInput for a malformed or reserved subdomain, Conflict for one in use.
    """
    check_subdomain(subdomain)
    if Account.objects.filter(subdomain=subdomain).exists():
        raise Conflict(f"subdomain: '{subdomain}' is taken")
    account = Account.objects.create(
        subdomain=subdomain, name=name or subdomain, mcp_enabled=mcp_enabled
    )
    audit.record(
        actor, "create_account", object_type="account", object_id=account.pk, object_label=subdomain
    )
    return account


@transaction.atomic
def create_user(
    *, email: str, password: str | None, account: Account, role: str, actor: Actor, name: str = ""
) -> User:
    """A person with a place in the account; an existing person only gains the place.

    The password of an existing person is never changed. Raises InvalidInput for an unknown role, a
    malformed address or a short password, Conflict when the person is a member already.
    """
    if role not in Membership.Role.values:
        raise InvalidInput(f"role: '{role}' is not one of {', '.join(Membership.Role.values)}")
    address = email.strip().lower()
    if "@" not in address[1:-1]:
        raise InvalidInput(f"email: '{email}' is not an e-mail address")
    user = User.objects.filter(email=address).first()
    if user is None:
        if password is not None and len(password) < MIN_PASSWORD_LENGTH:
            raise InvalidInput(f"password: use {MIN_PASSWORD_LENGTH} characters or more")
        user = User.objects.create_user(email=address, password=password, name=name)
    if account.memberships.filter(user=user).exists():
        raise Conflict(f"{address} is a member of {account.subdomain} already")
    Membership.objects.create(account=account, user=user, role=role)
    audit.record(
        actor,
        "create_user",
        object_type="user",
        object_id=user.pk,
        object_label=address,
        details={"role": role},
    )
    return user


@transaction.atomic
def set_role(*, account: Account, user: User, role: str, actor: Actor) -> Membership:
    """Give a member another role; connections keep working, with the rights of the new one.

    Raises InvalidInput for an unknown role, NotFound for a person who is no member, and Conflict
    when the account would be left without an owner.
    """
    if role not in Membership.Role.values:
        raise InvalidInput(f"role: '{role}' is not one of {', '.join(Membership.Role.values)}")
    places = account.memberships.select_for_update()
    owners = [one.pk for one in places.filter(role=Membership.Role.OWNER)]
    membership = places.filter(user=user).first()
    if membership is None:
        raise NotFound(f"{user.email} is not a member of {account.subdomain}")
    if owners == [membership.pk] and role != Membership.Role.OWNER:
        raise Conflict("the last owner keeps the role; make another member an owner first")
    former, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    audit.record(
        actor,
        "set_role",
        object_type="user",
        object_id=user.pk,
        object_label=user.email,
        details={"role": role, "former_role": former},
    )
    return membership


@transaction.atomic
def create_workspace(
    *, account: Account, name: str, actor: Actor, description: str = "", position: int = 0
) -> Workspace:
    """A new workspace. Raises Conflict when the name is in use, ignoring case."""
    if account.workspaces.filter(name__iexact=name).exists():
        raise Conflict(f"name: the account has a workspace '{name}' already")
    workspace = account.workspaces.create(name=name, description=description, position=position)
    audit.record(
        actor,
        "create_workspace",
        object_type="workspace",
        object_id=workspace.pk,
        object_label=name,
    )
    return workspace

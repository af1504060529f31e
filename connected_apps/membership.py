"""A member leaves an account, and the connections that the person made with it."""

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, Membership, User
from audit import services as audit
from audit.actor import Actor
from common.errors import Conflict, NotFound
from connected_apps.models import ConnectedApplication

LEFT = "the person left the account"


@transaction.atomic
def remove_member(*, account: Account, user: User, actor: Actor) -> int:
    """Take a person's place in the account; how many connections ended with it.

    Their tokens are refused as those of a stranger, also should the person come back later. Raises
    NotFound for a person who is no member, Conflict for the account's last owner.
    """
    places = account.memberships.select_for_update()
    owners = list(places.filter(role=Membership.Role.OWNER))
    membership = places.filter(user=user).first()
    if membership is None:
        raise NotFound(f"{user.email} is not a member of {account.subdomain}")
    if [one.pk for one in owners] == [membership.pk]:
        raise Conflict("the last owner cannot leave; make another member an owner first")
    membership.delete()
    active = ConnectedApplication.objects.filter(
        account=account, user=user, status=ConnectedApplication.Status.ACTIVE
    )
    count = active.update(
        status=ConnectedApplication.Status.LEFT_ACCOUNT,
        ended_at=timezone.now(),
        ended_by=actor.user_label,
        ended_because=LEFT,
    )
    audit.record(
        actor,
        "remove_member",
        object_type="user",
        object_id=user.pk,
        object_label=user.email,
        details={"role": membership.role, "connections": count},
    )
    return count

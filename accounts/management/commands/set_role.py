"""`manage.py set_role`."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Membership
from accounts.queries import get_account, get_member
from accounts.services import set_role
from audit.actor import command_actor
from audit.commands import ProductCommand


class Command(ProductCommand):
    help = "Give a member of an account another role."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="Subdomain or id.")
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", required=True, choices=Membership.Role.values)

    def act(self, options: dict[str, Any]) -> None:
        account = get_account(options["account"])
        user = get_member(account, options["email"])
        actor = command_actor("set_role", account_id=account.pk)
        set_role(account=account, user=user, role=options["role"], actor=actor)
        self.stdout.write(f"{user.email} is {options['role']} of {account.subdomain}")

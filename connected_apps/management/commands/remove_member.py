"""`manage.py remove_member`."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.queries import get_account, get_member
from audit.actor import command_actor
from audit.commands import ProductCommand
from connected_apps.membership import remove_member


class Command(ProductCommand):
    help = "Take a person's place in an account; the connections made with it end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="Subdomain or id.")
        parser.add_argument("--email", required=True)

    def act(self, options: dict[str, Any]) -> None:
        account = get_account(options["account"])
        user = get_member(account, options["email"])
        actor = command_actor("remove_member", account_id=account.pk)
        ended = remove_member(account=account, user=user, actor=actor)
        self.stdout.write(f"{user.email} left {account.subdomain}; {ended} connections ended")

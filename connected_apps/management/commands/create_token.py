"""`manage.py create_token`: prints the token, and nothing else, on standard output."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.queries import get_account, get_member
from audit.actor import command_actor
from audit.commands import ProductCommand
from connected_apps.services import DEFAULT_LIFETIME_DAYS, create_token


class Command(ProductCommand):
    help = "Make a personal token for a member of an account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="Subdomain or id.")
        parser.add_argument("--email", required=True, help="The member whose rights it carries.")
        parser.add_argument("--name", required=True, help="Where it is used, such as Laptop.")
        parser.add_argument("--days", type=int, default=DEFAULT_LIFETIME_DAYS)

    def act(self, options: dict[str, Any]) -> None:
        account = get_account(options["account"])
        _, token = create_token(
            account=account,
            user=get_member(account, options["email"]),
            name=options["name"],
            lifetime_days=options["days"],
            actor=command_actor("create_token", account_id=account.pk),
        )
        self.stdout.write(token)

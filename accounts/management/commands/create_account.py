"""`manage.py create_account`."""

from typing import Any

from django.core.management.base import CommandParser

from accounts.services import create_account
from audit.actor import command_actor
from audit.commands import ProductCommand


class Command(ProductCommand):
    help = "Make an empty account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subdomain", required=True, help="Stands in every address.")
        parser.add_argument("--name", default="", help="Shown to people; the subdomain if absent.")
        parser.add_argument("--mcp", action="store_true", help="Enable the MCP endpoint.")

    def act(self, options: dict[str, Any]) -> None:
        account = create_account(
            subdomain=options["subdomain"],
            name=options["name"],
            mcp_enabled=options["mcp"],
            actor=command_actor("create_account"),
        )
        self.stdout.write(f"{account.subdomain} (id {account.pk})")

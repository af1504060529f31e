"""`manage.py create_package`: a package from the JSON of its flow on standard input."""

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from accounts.queries import get_account
from audit.actor import command_actor
from audit.commands import ProductCommand
from common.errors import InvalidInput
from packages_app.services import create_package


class Command(ProductCommand):
    help = "Make a package from data_flow_json on standard input; prints its id."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="Subdomain or id.")
        parser.add_argument("--name", required=True)
        parser.add_argument("--description", default="")

    def act(self, options: dict[str, Any]) -> None:
        account = get_account(options["account"])
        try:
            flow = json.load(sys.stdin)
        except ValueError:
            raise InvalidInput("standard input must hold data_flow_json") from None
        if not isinstance(flow, dict):
            raise InvalidInput("data_flow_json must be an object with components and edges")
        package = create_package(
            account=account,
            name=options["name"],
            description=options["description"],
            flow=flow,
            actor=command_actor("create_package", account_id=account.pk),
        )
        self.stdout.write(str(package.pk))

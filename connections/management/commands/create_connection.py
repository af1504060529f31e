"""`manage.py create_connection`: settings as arguments, secrets as JSON on standard input."""

import json
import sys
from typing import Any

from django.core.management.base import CommandParser

from accounts.queries import get_account
from audit.actor import command_actor
from audit.commands import ProductCommand
from common.errors import InvalidInput
from connections.drivers import DRIVERS
from connections.services import create_connection


class Command(ProductCommand):
    help = (
        "Make a connection. Secrets are read from standard input as a JSON object, because "
        'arguments are seen by every user of the machine: echo \'{"password": "..."}\' | ...'
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", required=True, help="Subdomain or id.")
        parser.add_argument("--name", required=True)
        parser.add_argument("--kind", required=True, choices=sorted(DRIVERS))
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help="A setting, such as host=db.example; may be repeated.",
        )

    def act(self, options: dict[str, Any]) -> None:
        account = get_account(options["account"])
        connection = create_connection(
            account=account,
            name=options["name"],
            kind=options["kind"],
            settings=dict(_pair(text) for text in options["set"]),
            secrets=_secrets(),
            actor=command_actor("create_connection", account_id=account.pk),
        )
        self.stdout.write(str(connection.pk))


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise InvalidInput(f"--set: '{text}' is not of the form NAME=VALUE")
    return name, value


def _secrets() -> dict[str, Any]:
    text = "" if sys.stdin.isatty() else sys.stdin.read().strip()
    try:
        secrets = json.loads(text or "{}")
    except ValueError:
        secrets = None
    if not isinstance(secrets, dict):
        raise InvalidInput("standard input must hold the secrets as one JSON object, or nothing")
    return secrets

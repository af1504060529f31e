"""`manage.py create_user`."""

import getpass
import os
import secrets
import sys
from typing import Any

from django.core.management.base import CommandParser

from accounts.models import Membership, User
from accounts.queries import get_account
from accounts.services import create_user
from audit.actor import command_actor
from audit.commands import ProductCommand


class Command(ProductCommand):
    help = "Give a person a place in an account."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--account", required=True, help="Subdomain or id.")
        parser.add_argument("--role", required=True, choices=Membership.Role.values)
        parser.add_argument("--name", default="", help="Shown beside what the person does.")

    def act(self, options: dict[str, Any]) -> None:
        account = get_account(options["account"])
        is_new = not User.objects.filter(email=options["email"].strip().lower()).exists()
        password, is_made = _password() if is_new else (None, False)
        user = create_user(
            email=options["email"],
            password=password,
            account=account,
            role=options["role"],
            name=options["name"],
            actor=command_actor("create_user", account_id=account.pk),
        )
        self.stdout.write(f"{user.email} is {options['role']} of {account.subdomain}")
        if is_made:
            self.stdout.write(f"Password: {password}")


def _password() -> tuple[str, bool]:
    """USER_PASSWORD, else what the operator types, else one made and printed."""
    given = os.environ.get("USER_PASSWORD")
    if given is None and sys.stdin.isatty():
        given = getpass.getpass("Password (empty: one is made): ")
    return (given, False) if given else (secrets.token_urlsafe(12), True)

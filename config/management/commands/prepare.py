"""`manage.py prepare`: bring the database up to date, make the demo once, and say where things are.

One command for `run.py`, because each start of Django costs a second start of the product time.
"""

import os
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Account
from audit.actor import command_actor
from demo.services import Demo, make_demo


class Command(BaseCommand):
    help = "Migrate the database, make the demo account on first start, print the greeting."
    requires_system_checks: list[str] = []  # noqa: RUF012  the base class declares it so

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="Do not make a demo account.")

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        demo = None
        if not options["no_demo"] and not Account.objects.exists():
            if settings.LOCAL_DATA_ROOT is None:
                raise CommandError("The demo reads local files: set LOCAL_DATA_ROOT to a folder.")
            demo = make_demo(
                local_root=settings.LOCAL_DATA_ROOT,
                password=os.environ.get("DEMO_PASSWORD"),
                actor=command_actor("prepare"),
            )
        self.stdout.write(_first_greeting(demo) if demo else _greeting())


def _first_greeting(demo: Demo) -> str:
    url = f"{settings.API_URL}/{demo.account.subdomain}/api/mcp"
    return f"""\
Dashboard   {settings.PUBLIC_URL}
Sign in     {demo.email} with the password {demo.password}
MCP URL     {url}

Connect Claude Code (the token is shown this once):
  claude mcp add --transport http {settings.MCP_SERVER_NAME} {url} \\
    --header "Authorization: Bearer {demo.token}"
"""


def _greeting() -> str:
    account = Account.objects.order_by("pk").first()
    lines = [f"Dashboard   {settings.PUBLIC_URL}"]
    if account is None:
        lines.append("There is no account yet. Make one, and a person to sign in:")
        lines.append("  python3 run.py manage create_account --subdomain NAME --mcp")
        lines.append(
            "  python3 run.py manage create_user --email E-MAIL --account NAME --role owner"
        )
    else:
        lines.append(f"MCP URL     {settings.API_URL}/{account.subdomain}/api/mcp")
        lines.append("A new token:")
        lines.append(
            f"  python3 run.py manage create_token --account {account.subdomain} "
            "--email E-MAIL --name Laptop"
        )
    return "\n".join(lines) + "\n"

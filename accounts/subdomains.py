"""Which words may be the subdomain of an account."""

import re

from common.errors import InvalidInput

SUBDOMAIN_PATTERN = r"^[a-z][a-z0-9-]{1,62}$"

RESERVED = frozenset(
    {
        ".well-known",
        "account",
        "accounts",
        "admin",
        "api",
        "assets",
        "authorize",
        "connect",
        "docs",
        "favicon.ico",
        "healthz",
        "help",
        "login",
        "logout",
        "mcp",
        "metrics",
        "oauth",
        "privacy",
        "readyz",
        "register",
        "revoke",
        "robots.txt",
        "search",
        "settings",
        "sign-in",
        "sign-out",
        "signup",
        "static",
        "status",
        "token",
    }
)
"""First path segments that belong to the product itself; a test compares them with config.urls."""


def check_subdomain(subdomain: str) -> str:
    """The subdomain, or InvalidInput with the rule that it breaks."""
    if not re.match(SUBDOMAIN_PATTERN, subdomain):
        raise InvalidInput(
            "subdomain: use 2 to 63 characters of a-z, 0-9 and '-', beginning with a letter"
        )
    if subdomain in RESERVED:
        raise InvalidInput(f"subdomain: '{subdomain}' is a reserved word; choose another one")
    return subdomain

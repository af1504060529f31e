"""The addresses of the authorization server and of the resources that it guards."""

import re

from django.conf import settings

RESOURCE_PATH = re.compile(r"/(?P<account>[A-Za-z0-9-]{1,63})/api/mcp/?")


def issuer() -> str:
    """The API's origin, without a trailing slash: compared byte for byte by clients."""
    return str(settings.API_URL)


def metadata_of(path: str) -> str:
    """Where the metadata of the resource at that path is, by RFC 9728."""
    return f"{issuer()}/.well-known/oauth-protected-resource{path}"


def account_in(resource: str) -> str | None:
    """The account that a resource indicator names, by subdomain or id; None when it is not ours.

    Scheme and host may differ in case only. Source: RFC 8707; RFC 3986, 6.2.2.1.
    """
    origin = issuer()
    if resource[: len(origin)].lower() != origin.lower():
        return None
    match = RESOURCE_PATH.fullmatch(resource[len(origin) :])
    return match["account"] if match else None

"""The card from which people download the extension for Claude Desktop."""

from dataclasses import dataclass

from django.conf import settings

from accounts.models import Account


@dataclass(frozen=True, slots=True)
class QuickInstall:
    """Where the file is, and what it will be called."""

    address: str
    file_name: str
    is_staging: bool


def quick_install(account: Account) -> QuickInstall:
    suffix = ".staging.mcpb" if settings.STAGING_BUILD else ".mcpb"
    page = f"/{account.subdomain}/settings/developer/connected_applications"
    return QuickInstall(
        address=f"{page}/extension",
        file_name=f"{settings.MCPB_NAME}{suffix}",
        is_staging=settings.STAGING_BUILD,
    )

"""The card from which people download the extension for Claude Desktop."""

from dataclasses import dataclass

from django.urls import reverse

from accounts.models import Account
from connected_apps.extension import this_build


@dataclass(frozen=True, slots=True)
class QuickInstall:
    """Where the file is, and what it will be called."""

    address: str
    file_name: str
    is_staging: bool


def quick_install(account: Account) -> QuickInstall:
    build = this_build()
    return QuickInstall(
        address=reverse("download_extension", args=[account.subdomain]),
        file_name=build.file_name,
        is_staging=build.is_staging,
    )

"""The download of the extension for Claude Desktop."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import Visitor, account_page
from common.errors import NotAllowed
from connected_apps.extension import CONTENT_TYPE, bundle, this_build


@require_safe
@account_page
def download(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The bundle of this installation, the same for every account with the endpoint switched on."""
    if not visitor.account.mcp_enabled:
        raise NotAllowed(
            "the MCP server is not enabled for this account; ask an owner of the account or the "
            "operator to enable it"
        )
    build = this_build()
    headers = {
        "Content-Disposition": f'attachment; filename="{build.file_name}"',
        "Cache-Control": "private, no-cache",
    }
    return HttpResponse(bundle(build), content_type=CONTENT_TYPE, headers=headers)

"""The download of the extension."""

import io
import json
import zipfile

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db

ADDRESS = "/acme/settings/developer/connected_applications/extension"


@pytest.mark.promise("extension.download", "extension.file_name")
def test_a_member_downloads_the_bundle_of_this_installation(client, user, settings):
    client.force_login(user)

    response = client.get(ADDRESS)

    assert reverse("download_extension", args=["acme"]) == ADDRESS
    assert response.status_code == 200
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"] == 'attachment; filename="integrate-io-mcp.mcpb"'
    assert response["Cache-Control"] == "private, no-cache"
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert manifest["server"]["mcp_config"]["env"]["MCP_HOST"] == settings.API_URL


@pytest.mark.promise("extension.staging_card")
def test_a_staging_installation_gives_its_own_bundle(client, user, settings):
    settings.STAGING_BUILD = True
    client.force_login(user)

    response = client.get(ADDRESS)

    wanted = 'attachment; filename="integrate-io-mcp.staging.mcpb"'
    assert response["Content-Disposition"] == wanted


def test_only_members_download_it(client, user, stranger):
    unknown = client.get(ADDRESS)
    client.force_login(stranger)
    refused = client.get(ADDRESS)

    assert unknown.status_code == 302
    assert unknown["Location"].startswith("/sign-in")
    assert refused.status_code == 404


def test_where_the_endpoint_is_off_the_page_says_whom_to_ask(client, user, account):
    account.mcp_enabled = False
    account.save()
    client.force_login(user)

    response = client.get(ADDRESS)

    assert response.status_code == 403
    assert "The MCP server is not enabled for this account; ask an owner" in response.text

"""The official Python SDK signs in by itself; a person's browser is played by the test client."""

import re
from urllib.parse import parse_qsl, urlsplit

import anyio
import httpx2
import pytest
from asgiref.sync import sync_to_async
from django.test import Client as Browser
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

from connected_apps.models import ConnectedApplication
from connected_apps.services import revoke
from mcp_endpoint.registry import TOOLS

CALLBACK = "http://localhost:3030/callback"


class Storage:
    """What a client keeps between its runs."""

    def __init__(self):
        self.tokens = None
        self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Person:
    """Follows the address that the client opens, signs in, and authorizes."""

    def __init__(self, user):
        self.user = user
        self.result = None
        self.sign_ins = 0

    async def open(self, url):
        self.sign_ins += 1
        await sync_to_async(self._answer)(url)

    def _answer(self, url):
        browser = Browser()
        browser.force_login(self.user)
        page = urlsplit(browser.get(url).headers["Location"]).path
        seal = re.search(r'name="seal" value="(\w+)"', browser.get(page).text)[1]
        form = {"seal": seal, "decision": "authorize", "access": "full"}
        back = browser.post(page, form).headers["Location"]
        assert back.startswith(CALLBACK)
        self.result = AuthorizationCodeResult(**dict(parse_qsl(urlsplit(back).query)))

    async def come_back(self):
        return self.result


@pytest.fixture
def served(live_server, settings, account):
    settings.API_URL = settings.PUBLIC_URL = live_server.url
    return f"{live_server.url}/acme/api/mcp"


def provider(address, person, storage, **more):
    metadata = OAuthClientMetadata(client_name="SDK client", redirect_uris=[CALLBACK], **more)
    return OAuthClientProvider(address, metadata, storage, person.open, person.come_back)


async def count_tools(address, auth):
    async with (
        httpx2.AsyncClient(auth=auth, timeout=30) as http,
        Client(streamable_http_client(address, http_client=http)) as session,
    ):
        return len((await session.list_tools()).tools)


@pytest.mark.promise(
    "sign_in.without_a_token", "sign_in.registers_itself", "sign_in.refreshed_without_asking"
)
@pytest.mark.parametrize("method", [None, "none", "client_secret_post", "client_secret_basic"])
def test_it_discovers_registers_signs_in_and_refreshes(served, user, method):
    person, storage = Person(user), Storage()
    more = {"token_endpoint_auth_method": method}

    tools = anyio.run(count_tools, served, provider(served, person, storage, **more))
    assert tools == len(TOOLS)
    first = storage.tokens.access_token

    again = provider(served, person, storage, **more)
    again.context.token_expiry_time = 1.0
    assert anyio.run(count_tools, served, again) == len(TOOLS)
    assert storage.tokens.access_token != first
    assert person.sign_ins == 1
    connection = ConnectedApplication.objects.get()
    assert (connection.name, connection.status) == ("SDK client", "active")


@pytest.mark.promise("sign_in.authorized_again")
def test_it_signs_in_again_after_a_revocation(served, user, user_actor):
    person, storage = Person(user), Storage()
    anyio.run(count_tools, served, provider(served, person, storage))
    revoke(application=ConnectedApplication.objects.get(), actor=user_actor)

    assert anyio.run(count_tools, served, provider(served, person, storage)) == len(TOOLS)
    assert person.sign_ins == 2

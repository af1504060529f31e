"""What the product document says of Connected Applications, read from the pages themselves."""

import html
import json
import re
from datetime import UTC, datetime

import pytest

from accounts.rights import Scope
from connected_apps.models import ConnectedApplication
from connected_apps.services import create_token

pytestmark = pytest.mark.django_db

PAGE = "/acme/settings/developer/connected_applications"
TOKEN = re.compile(r"iop_[0-9A-Za-z]{49}")


def words(text):
    """The text of markup, each run of white space one space."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture
def revealed(signed_in):
    """The answer to the form that makes a token."""
    fields = {"form_key": "k" * 22, "name": "Desk", "access": "full", "lifetime": "3650"}
    return signed_in.post(f"{PAGE}/new", fields).text


@pytest.mark.promise("connected_page.address")
def test_the_sidebar_leads_to_the_documented_address_and_the_page_says_where_it_is(signed_in):
    start = signed_in.get("/acme/packages").text
    link = r'<a class="nav-item" href="([^"]+)">(?:<svg.*?</svg>)?Connected Applications</a>'
    [address] = re.findall(link, start)
    page = signed_in.get(address).text

    [crumbs] = re.findall(r'<ol class="crumbs">.*?</ol>', page)
    assert address == PAGE
    assert words(crumbs) == "Settings Developer Settings Connected Applications"


@pytest.mark.promise("connected_page.list_facts")
def test_a_row_shows_name_scope_and_creation_date(signed_in, account, user, actor):
    for name, scopes in (
        ("Reading desk", {Scope.READ}),
        ("Running desk", {Scope.READ, Scope.RUN}),
        ("Writing desk", set(Scope)),
    ):
        create_token(account=account, user=user, name=name, actor=actor, scopes=frozenset(scopes))
    ConnectedApplication.objects.update(created_at=datetime(2024, 2, 29, 9, tzinfo=UTC))

    rows = re.findall(r"<tr>.*?</tr>", signed_in.get(PAGE).text, re.DOTALL)
    told = [words(row) for row in rows]
    for name, scope in (
        ("Reading desk", "Read only"),
        ("Running desk", "Read and run"),
        ("Writing desk", "Read, run and change"),
    ):
        [row] = [row for row in told if row.startswith(name)]
        assert scope in row
        assert "created 29 Feb 2024" in row


@pytest.mark.promise("connected_page.snippets")
@pytest.mark.parametrize("program", ["Claude Desktop", "Claude Code", "MCP Inspector", "curl"])
def test_the_reveal_has_a_snippet_with_address_and_token_for_each_documented_client(
    revealed, settings, program
):
    token = TOKEN.search(revealed)[0]
    [key] = re.findall(rf'aria-controls="panel-([^"]+)"[^>]*>{program}</button>', revealed)
    blocks = re.findall(rf'id="code-{key}-\d+"[^>]*>(.*?)</pre>', revealed, re.DOTALL)

    text = html.unescape("\n".join(blocks))
    assert f"{settings.API_URL}/acme/api/mcp" in text
    assert f"Authorization: Bearer {token}" in text
    if program == "Claude Desktop":
        assert json.loads(text)["mcpServers"]["integrateio"]["command"] == "npx"


@pytest.mark.promise("connected_page.copy")
def test_the_token_and_each_snippet_have_a_button_that_copies_them(revealed):
    buttons = re.findall(r'data-copy="([^"]+)"[^>]*>.*?<span data-label>Copy</span>', revealed)
    pieces = re.findall(r'id="(token|code-[a-z0-9-]+)"', revealed)

    assert set(buttons) >= set(pieces) > {"token", "code-claude-desktop-1"}


@pytest.mark.promise("connected_page.quick_install_card", "extension.download")
def test_the_card_for_claude_desktop_leads_to_the_extension(signed_in):
    page = signed_in.get(PAGE).text
    card = page[page.index("Quick install for Claude Desktop") :]
    address = re.search(
        r'href="([^"]+)" download>(?:<svg.*?</svg>)?Download Claude Desktop extension<', card
    )[1]

    answer = signed_in.get(address)

    assert answer["Content-Disposition"] == 'attachment; filename="integrate-io-mcp.mcpb"'
    assert answer.content.startswith(b"PK")


@pytest.mark.promise("extension.needs_desktop_0_10")
def test_the_card_says_what_the_extension_needs(signed_in):
    assert "Claude Desktop 0.10 or later on macOS or Windows" in words(signed_in.get(PAGE).text)

"""What the page "Connect a client" says, as data.

The words are those of the product documentation: supported clients, Connecting with OAuth, Steps 1
to 3, troubleshooting. Code stands in backticks; `$product` and the other names of `Words` stand
for what differs from one installation to the next.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from string import Template


@dataclass(frozen=True, slots=True)
class Words:
    """The names that fill the texts."""

    product: str
    server: str
    url: str
    dashboard: str
    staging_host: str

    def fill(self, text: str) -> str:
        """Raises KeyError for a name that no field has."""
        return Template(text).substitute({name: getattr(self, name) for name in self.__slots__})


@dataclass(frozen=True, slots=True)
class Client:
    """A row of the table of supported clients. `state` is a key of the looks of clients."""

    name: str
    transport: str
    auth: str
    bridge: str
    state: str
    note: str = ""


CLIENTS = (
    Client(
        "Claude Desktop",
        "stdio (via mcp-remote)",
        "Bearer token",
        "Yes - mcp-remote",
        "supported",
        "Or the one-click extension below, which brings a bridge of its own.",
    ),
    Client(
        "Claude Code",
        "Streamable HTTP (native)",
        "OAuth (browser sign-in) or Bearer token",
        "No",
        "supported",
    ),
    Client("MCP Inspector", "Streamable HTTP (native)", "Bearer token", "No", "supported"),
    Client("Cursor", "stdio (via mcp-remote)", "Bearer token", "Yes - mcp-remote", "supported"),
    Client(
        "Claude.ai web",
        "Not yet supported",
        "n/a",
        "n/a",
        "unsupported",
        "Claude.ai web (claude.ai) does not currently support custom MCP connectors.",
    ),
    Client(
        "ChatGPT custom connector",
        "Streamable HTTP (native)",
        "OAuth (browser sign-in)",
        "No",
        "supported",
        "It sends no header of its own, so a bearer token cannot be entered.",
    ),
    Client(
        "Windsurf / Cline / Continue",
        "Streamable HTTP (if supported)",
        "Bearer token",
        "No",
        "supported",
        "Needs a version that speaks Streamable HTTP.",
    ),
    Client(
        "Gemini CLI",
        "Not yet verified",
        "n/a",
        "n/a",
        "unverified",
        "Its snippet follows its own documentation.",
    ),
)

RECOMMENDED = (
    "Claude Desktop and Claude Code are the recommended clients for both technical and "
    "non-technical users."
)


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """Where a client keeps its configuration; empty where it does not run."""

    client: str
    macos: str
    windows: str
    linux: str
    note: str = ""


_CLINE = "globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"

CONFIG_FILES = (
    ConfigFile(
        "Claude Desktop",
        "~/Library/Application Support/Claude/claude_desktop_config.json",
        r"%APPDATA%\Claude\claude_desktop_config.json",
        "",
    ),
    ConfigFile(
        "Cursor",
        "~/.cursor/mcp.json",
        r"%USERPROFILE%\.cursor\mcp.json",
        "~/.cursor/mcp.json",
        "Or `.cursor/mcp.json` in one project.",
    ),
    ConfigFile(
        "VS Code",
        "~/Library/Application Support/Code/User/mcp.json",
        r"%APPDATA%\Code\User\mcp.json",
        "~/.config/Code/User/mcp.json",
        "Or `.vscode/mcp.json` in one project, without the token.",
    ),
    ConfigFile(
        "Windsurf",
        "~/.codeium/windsurf/mcp_config.json",
        r"%USERPROFILE%\.codeium\windsurf\mcp_config.json",
        "~/.codeium/windsurf/mcp_config.json",
    ),
    ConfigFile(
        "Cline",
        f"~/Library/Application Support/Code/User/{_CLINE}",
        "%APPDATA%\\Code\\User\\" + _CLINE.replace("/", "\\"),
        f"~/.config/Code/User/{_CLINE}",
    ),
    ConfigFile(
        "Continue",
        "~/.continue/mcpServers/$server.yaml",
        r"%USERPROFILE%\.continue\mcpServers\$server.yaml",
        "~/.continue/mcpServers/$server.yaml",
    ),
    ConfigFile(
        "Gemini CLI",
        "~/.gemini/settings.json",
        r"%USERPROFILE%\.gemini\settings.json",
        "~/.gemini/settings.json",
    ),
    ConfigFile(
        "Codex",
        "~/.codex/config.toml",
        r"%USERPROFILE%\.codex\config.toml",
        "~/.codex/config.toml",
    ),
)

BROWSER_STEPS = (
    "Point your client at the address above with no Authorization header. For Claude Code: "
    "`claude mcp add --transport http $server $url`",
    "Run `/mcp` in Claude Code and choose Authenticate for the $server server. It opens your "
    "browser to the consent screen. Sign in if you aren’t already.",
    "Check the client and the account on the Authorize access screen, and press Authorize. You can "
    "narrow what it may do there. Then close the tab.",
)
BROWSER_FACTS = (
    "The client can only ever be granted access to the account in its address.",
    "Its tokens are short-lived and refreshed by the client; signing in again replaces the former "
    "connection of that name.",
    "The client appears in Connected Applications under its name, where you can revoke it.",
)
TOKEN_STEPS = (
    "On Connected Applications, click + Create new connection.",
    "Give it a recognizable name (e.g. “Claude Desktop on Macbook”) and click Create token.",
    "The token is displayed once. Click Copy before closing. It is not stored and cannot be shown "
    "again. If you lose it, revoke the connection and create a new one.",
    "Paste the snippet of your client, which has the address and the token filled in.",
)
TOKEN_FACTS = (
    "Treat tokens like passwords: store them in a secrets manager, not in plain text.",
    "Token rotation: revoke the existing connection and create a new one, then update your client "
    "with the new token.",
    "Revoking stops the token immediately everywhere it is pasted, and leaves your dashboard "
    "session alone.",
)
VERIFY = (
    "In Claude Desktop, type `/mcp` in the chat input. You should see $server listed with all 32 "
    "tools available. Try: “List the workspaces in my $product account.”"
)

EXTENSION_STEPS = (
    "In the Quick install for Claude Desktop card of Connected Applications, click Download Claude "
    "Desktop extension.",
    "Open Claude Desktop and go to Settings → Extensions. Drag the downloaded `.mcpb` file onto "
    "that page.",
    "Account Subdomain: your account subdomain or numeric id (the value in your dashboard URL).",
    "Personal Access Token: a token from Connected Applications. If you haven’t minted one yet, "
    "click + Create new connection on the Connected Applications page first.",
    "Click Install, then restart Claude Desktop (fully quit and reopen). In Claude Desktop’s MCP "
    "picker you should now see $server with the full tool list.",
)
EXTENSION_CARE = (
    (
        "Update",
        "Download the latest `.mcpb` from the Connected Applications page and drag it onto "
        "Settings → Extensions again. The version in the bundle increments on each release, so "
        "Claude Desktop treats it as an update rather than a duplicate. Your subdomain and token "
        "entered at first install are preserved.",
    ),
    (
        "Remove",
        "Go to Settings → Extensions in Claude Desktop, find $product in the list, and click the "
        "remove/uninstall control. Optionally revoke the underlying Personal Access Token from "
        "Connected Applications in the $product dashboard.",
    ),
    (
        "Migrate from the manual entry",
        "Remove the old entry from `mcpServers` in `claude_desktop_config.json` before installing "
        "the extension. If both an extension and a manual entry point at the same backend, the "
        "install dialog may silently no-op because Claude Desktop sees the integration as already "
        "configured. Restart Claude Desktop after removing the stale entry, then drag the `.mcpb` "
        "in.",
    ),
    (
        "Staging beside production",
        "Both extensions can be installed side by side: Claude Desktop treats them as separate "
        "integrations. The staging extension does not work with a production token.",
    ),
)

SAFETY = (
    "Changes made through a client take effect immediately, in your live account. There is no "
    "sandbox mode; a connection that is Read only cannot make any.",
    "Every change is in the audit log, with the person and the client.",
    "A connection can be revoked at any time. Its next request is refused, wherever it runs.",
    "No credentials, TLS certificates, or SSL keys are ever returned by any tool.",
)


@dataclass(frozen=True, slots=True)
class Trouble:
    symptom: str
    cause: str
    fix: str


TROUBLESHOOTING = (
    Trouble(
        "`401 Unauthorized`",
        "Missing or expired token",
        "Mint a new token in Step 1. If you’re using an OAuth password-grant token, remember those "
        "expire after 2 hours. Switch to a Connected Application PAT for a long-lived token.",
    ),
    Trouble(
        "OAuth sign-in never opens a browser, or `SDK auth failed: HTTP 500 trying to load OAuth "
        "metadata`",
        "The MCP feature isn’t enabled for your account, or the client cached a failed discovery "
        "attempt",
        "Confirm the feature is enabled (contact $product support). Then remove and re-add the "
        "server (`claude mcp remove $server` then re-add), and run `/mcp` → Authenticate again.",
    ),
    Trouble(
        "After authorizing, the browser shows a localhost “Authentication Successful” page",
        "Expected - that page is served by your MCP client’s local callback, not by $product",
        "Nothing to fix. Close the tab and return to your client.",
    ),
    Trouble(
        "`401 Unauthorized` after revoking a Connected Application",
        "The connection was deleted from Settings → Developer Settings → Connected Applications",
        "Create a new connection from that page and update your client config. Revocation takes "
        "effect immediately.",
    ),
    Trouble(
        "`403 PTP MCP server is not enabled for this account`",
        "Feature is off for your account",
        "Contact $product support to enable the feature.",
    ),
    Trouble(
        "`403 Forbidden`",
        "Token belongs to a user without access to the account in the URL",
        "Use a token for a user who is a member of the target account.",
    ),
    Trouble(
        "`404 Not Found`",
        "Wrong account id in URL",
        "Use the account id or subdomain from your $product dashboard URL.",
    ),
    Trouble(
        '`{"error":{"code":-32600,...}}`',
        "Malformed JSON-RPC body",
        "Verify the request body matches the JSON-RPC 2.0 shape.",
    ),
    Trouble(
        '`{"error":"connection not found, or not a database connection"}`',
        "Called `discover_schema` or `preview_data` against a cloud-storage or SaaS connection",
        "These tools support database connections only. Use `get_connection` to confirm the type.",
    ),
    Trouble(
        "Dragging the `.mcpb` onto Claude Desktop does nothing - no install dialog appears",
        "A previous manual `mcpServers` entry in `claude_desktop_config.json` targets the same "
        "backend, so Claude Desktop sees the integration as already configured and silently no-ops",
        "Quit Claude Desktop, remove the old `mcpServers` entry from `claude_desktop_config.json` "
        "(location in the manual-config section above), reopen, then drag the `.mcpb` again.",
    ),
    Trouble(
        "Dragging the `.mcpb` opens the install dialog, but installation appears to do nothing",
        "Older Claude Desktop versions (< 0.10) don’t render `.mcpb` install dialogs reliably",
        "Update Claude Desktop to 0.10 or later (Settings → About → Check for Updates), then "
        "retry.",
    ),
    Trouble(
        "Extension installs but the $server integration isn’t visible in the MCP picker",
        "Restart was skipped, or Claude Desktop is using a cached MCP picker state",
        "Fully quit Claude Desktop (Cmd+Q on macOS, not just window-close), wait 3 seconds, "
        "reopen. The integration should now appear.",
    ),
    Trouble(
        "Extension installs but every tool call returns `401 Unauthorized`",
        "Wrong Personal Access Token entered at install time, or the PAT was revoked since install",
        "Open Settings → Extensions → $product in Claude Desktop and re-enter the token. If you "
        "don’t have one, mint a fresh PAT from Connected Applications in the dashboard first.",
    ),
    Trouble(
        "Staging build extension can’t reach the production account",
        "The staging extension only talks to $staging_host",
        "Install the production extension instead (downloaded from the production dashboard at "
        "`$dashboard/...`). The two extensions can coexist on the same machine.",
    ),
)


@dataclass(frozen=True, slots=True)
class Guide:
    """Everything above with the names of one installation filled in."""

    clients: Sequence[Client]
    recommended: str
    files: Sequence[ConfigFile]
    browser_steps: Sequence[str]
    browser_facts: Sequence[str]
    token_steps: Sequence[str]
    token_facts: Sequence[str]
    verify: str
    extension_steps: Sequence[str]
    extension_care: Sequence[tuple[str, str]]
    safety: Sequence[str]
    troubles: Sequence[Trouble]


def guide(words: Words) -> Guide:
    return Guide(
        clients=CLIENTS,
        recommended=RECOMMENDED,
        files=[ConfigFile(*map(words.fill, astuple(row))) for row in CONFIG_FILES],
        browser_steps=[words.fill(text) for text in BROWSER_STEPS],
        browser_facts=BROWSER_FACTS,
        token_steps=TOKEN_STEPS,
        token_facts=TOKEN_FACTS,
        verify=words.fill(VERIFY),
        extension_steps=[words.fill(text) for text in EXTENSION_STEPS],
        extension_care=[(title, words.fill(text)) for title, text in EXTENSION_CARE],
        safety=SAFETY,
        troubles=[Trouble(*map(words.fill, astuple(row))) for row in TROUBLESHOOTING],
    )

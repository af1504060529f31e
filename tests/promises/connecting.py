"""How clients connect: the introduction, clients, endpoint, prerequisites."""

from tests.promises.kinds import Listed, departs, kept, not_ours
from tests.promises.reasons import ADVICE, CLIENT, HEAD, LEAD_IN, REFERENCE, VENDOR

SECTIONS = (
    Listed(
        "",
        (
            kept(
                """The Integrate.io MCP server exposes a Model Context Protocol (MCP) endpoint
                that AI assistants such as Claude or the MCP Inspector can call to inspect and act
                on your account.""",
                "clients.official_sdk",
            ),
            kept(
                """Assistants connect over JSON-RPC 2.0 and use a curated set of tools to list
                workspaces, list packages, inspect runs, search resources, validate pipelines,
                preview database data, and (with explicit mutating tools) clone packages, edit
                components, manage schedules, and run jobs.""",
                "endpoint.json_rpc",
                "tools.thirty_two",
            ),
            kept(
                "Credentials, TLS certificates, and SSL keys are never returned.",
                "tools.no_credentials",
            ),
        ),
    ),
    Listed(
        "Supported clients",
        (
            not_ours("ClientTransportAuth methodBridge required?", HEAD),
            kept(
                "Claude Desktopstdio (via mcp-remote)Bearer tokenYes - mcp-remote",
                "clients.stdio_bridge",
            ),
            kept(
                "Claude CodeStreamable HTTP (native)OAuth (browser sign-in) or Bearer tokenNo",
                "clients.supported_table",
                "sign_in.without_a_token",
                "clients.streamable_http_with_bearer",
            ),
            kept("MCP InspectorStreamable HTTP (native)Bearer tokenNo", "clients.inspector"),
            kept(
                "Cursorstdio (via mcp-remote)Bearer tokenYes - mcp-remote",
                "clients.stdio_bridge",
            ),
            not_ours("Claude.ai webNot yet supportedn/an/a", CLIENT),
            departs(
                "ChatGPT custom connectorStreamable HTTP (native)Bearer tokenNo",
                "ChatGPT takes no header of ours: it connects by browser sign-in",
                "clients.chatgpt_signs_in",
                "clients.supported_table",
                decision="6",
            ),
            kept(
                "Windsurf / Cline / ContinueStreamable HTTP (if supported)Bearer tokenNo",
                "clients.streamable_http_with_bearer",
            ),
            not_ours("Gemini CLINot yet verifiedn/an/a", CLIENT),
            not_ours(
                "Claude.ai web (claude.ai) does not currently support custom MCP connectors.",
                CLIENT,
            ),
            not_ours(
                """Claude Desktop and Claude Code are the recommended clients for both technical
                and non-technical users.""",
                ADVICE,
            ),
            kept(
                "Two ways to authenticate.",
                "sign_in.without_a_token",
                "tokens.static_bearer",
            ),
            kept(
                """Clients that support OAuth (such as Claude Code) can connect with browser
                sign-in - no token to copy or paste.""",
                "sign_in.without_a_token",
            ),
            not_ours("See Connecting with OAuth.", REFERENCE),
            kept(
                """For clients that need a static bearer token (Claude Desktop’s manual config,
                the MCP Inspector, curl), create a Personal Access Token instead - see Step 1.""",
                "tokens.static_bearer",
            ),
        ),
    ),
    Listed(
        "Endpoint",
        (
            kept("POST /:account_id/api/mcp", "endpoint.address"),
            not_ours("The full URL is https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp.", VENDOR),
            not_ours("Why api.xplenty.com instead of integrate.io?", VENDOR),
            not_ours(
                """The Integrate.io API still runs at api.xplenty.com - this is expected and
                normal.""",
                VENDOR,
            ),
            not_ours("The domain predates the Integrate.io rebrand.", VENDOR),
            not_ours(
                "Your dashboard URL (dashboard.xplenty.com) and the API URL both work correctly.",
                VENDOR,
            ),
            kept(
                "The endpoint accepts a single JSON-RPC 2.0 message per request.",
                "endpoint.one_message_per_request",
            ),
            kept("Batch requests are not supported.", "endpoint.no_batches"),
            kept(
                "Authentication uses a bearer token in the Authorization header.",
                "endpoint.bearer_in_the_header",
            ),
            kept(
                "The token must belong to a user with access to the account named in the URL.",
                "endpoint.token_of_a_member",
            ),
            kept("Cross-account requests return 403 Forbidden.", "endpoint.cross_account_is_403"),
        ),
    ),
    Listed(
        "Prerequisites",
        (
            departs(
                "Reach out to the Integrate.io team to enable this for your account.",
                """The account's owner or the operator switches the endpoint on, nobody has to be
                asked""",
                "account.endpoint_is_off_at_first",
                decision="1.10",
            ),
            not_ours("A way to authenticate.", LEAD_IN),
            not_ours("You have two options:", LEAD_IN),
            kept(
                """OAuth browser sign-in (easiest) - supported clients like Claude Code
                authenticate interactively, no token to manage.""",
                "sign_in.without_a_token",
            ),
            not_ours("See Connecting with OAuth.", REFERENCE),
            kept(
                """A Personal Access Token (PAT) - a long-lived bearer token for clients that need
                a static credential (Claude Desktop manual config, MCP Inspector, curl).""",
                "tokens.static_bearer",
                "tokens.ten_years",
            ),
            kept(
                """The recommended way to mint one is Connected Applications in the dashboard (see
                Step 1).""",
                "connected_page.create",
            ),
            not_ours("An MCP-capable client.", LEAD_IN),
            not_ours(
                """The setup below covers Claude Desktop 0.7.0 or later (0.10 or later for the
                one-click extension), Claude Code, and the MCP Inspector.""",
                CLIENT,
            ),
        ),
    ),
)

"""How each client is set up, and how the connection is verified."""

from tests.promises.kinds import Listed, kept, not_ours
from tests.promises.reasons import ADVICE, CLIENT, HEAD, LEAD_IN, REFERENCE

SECTIONS = (
    Listed(
        "Step 2: Configure your MCP client",
        (),
    ),
    Listed(
        "Claude Desktop (one-click extension)",
        (
            kept(
                """The fastest way to connect Claude Desktop is to install the Integrate.io
                extension (.mcpb).""",
                "extension.download",
            ),
            kept(
                """The extension prompts you for your account subdomain and Personal Access Token
                at install time, so you never touch claude_desktop_config.json by hand.""",
                "extension.asks_account_and_token",
            ),
            kept(
                "Requires Claude Desktop 0.10 or later on macOS or Windows.",
                "extension.needs_desktop_0_10",
            ),
            kept(
                """In the Integrate.io dashboard, go to Settings → Developer Settings → Connected
                Applications.""",
                "connected_page.address",
            ),
            kept(
                """In the Quick install for Claude Desktop card, click Download Claude Desktop
                extension.""",
                "connected_page.quick_install_card",
                "extension.download",
            ),
            kept(
                "The browser downloads integrate-io-mcp.mcpb.",
                "extension.file_name",
            ),
            not_ours("Open Claude Desktop and go to Settings → Extensions.", CLIENT),
            not_ours("Drag the downloaded .mcpb file onto that page.", CLIENT),
            not_ours("Claude Desktop opens the extension install dialog.", CLIENT),
            not_ours("When prompted:", LEAD_IN),
            kept(
                """Account Subdomain - your Integrate.io account subdomain or numeric id (the
                value in your dashboard URL).""",
                "extension.asks_account_and_token",
                "extension.account_by_name_or_number",
            ),
            kept(
                "Personal Access Token - a PAT from Step 1.",
                "extension.asks_account_and_token",
            ),
            kept(
                """If you haven’t minted one yet, click + Create new connection on the Connected
                Applications page first.""",
                "connected_page.create",
            ),
            not_ours("Click Install, then restart Claude Desktop (fully quit and reopen).", CLIENT),
            kept(
                """In Claude Desktop’s MCP picker you should now see integrateio with the full
                tool list.""",
                "extension.full_tool_list",
            ),
            not_ours("Skip to Step 3 to verify.", REFERENCE),
            kept(
                """On a staging Integrate.io account the same card serves
                integrate-io-mcp.staging.mcpb and displays a Staging build badge.""",
                "extension.staging_card",
            ),
            kept(
                """The staging extension only talks to api-staging.xplenty.com - it won’t work
                with a production PAT.""",
                "extension.staging_host",
                "endpoint.missing_or_expired_is_401",
            ),
            kept(
                """Both extensions can be installed side by side - Claude Desktop treats them as
                separate integrations (integrate-io-mcp and integrate-io-mcp-staging).""",
                "extension.side_by_side",
            ),
            not_ours("Migrating from the manual claude_desktop_config.json entry?", LEAD_IN),
            not_ours(
                """Remove the old xplenty (or whatever you named it) entry from mcpServers in your
                config file before installing the extension.""",
                ADVICE,
            ),
            not_ours(
                """If both an extension and a manual entry point at the same backend, the install
                dialog may silently no-op because Claude Desktop sees the integration as already
                configured.""",
                CLIENT,
            ),
            not_ours(
                "Restart Claude Desktop after removing the stale entry, then drag the .mcpb in.",
                ADVICE,
            ),
        ),
    ),
    Listed(
        "Updating or removing the extension",
        (
            kept(
                """Update: download the latest .mcpb from the Connected Applications page and drag
                it onto Settings → Extensions again.""",
                "extension.download",
            ),
            kept(
                """The version field in the bundle increments on each release, so Claude Desktop
                treats it as an update rather than a duplicate.""",
                "extension.version_rises",
            ),
            not_ours("Your subdomain + token entered at first install are preserved.", CLIENT),
            not_ours(
                """Remove: go to Settings → Extensions in Claude Desktop, find Integrate.io in the
                list, and click the remove/uninstall control.""",
                CLIENT,
            ),
            kept(
                """Optionally revoke the underlying Personal Access Token from Connected
                Applications in the Integrate.io dashboard.""",
                "connected_page.revoke",
            ),
        ),
    ),
    Listed(
        "Claude Desktop (manual config)",
        (
            not_ours(
                """If you can’t install the extension - corporate policy, an older Claude Desktop,
                or you’d rather hand-edit the config - edit your Claude Desktop configuration file
                directly:""",
                LEAD_IN,
            ),
            not_ours(
                "macOS: ~/Library/Application Support/Claude/claude_desktop_config.json",
                CLIENT,
            ),
            not_ours(r"""Windows: %APPDATA%\Claude\claude_desktop_config.json""", CLIENT),
            not_ours("Add an entry under mcpServers.", CLIENT),
            kept(
                """Claude Desktop speaks MCP over stdio only, so the snippet uses mcp-remote as a
                thin bridge to the remote HTTP endpoint:""",
                "clients.stdio_bridge",
            ),
            kept(
                """{ "mcpServers": { "integrateio": { "command": "npx", "args": [ "-y",
                "mcp-remote", "https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp", "--header",
                "Authorization: Bearer YOUR_ACCESS_TOKEN" ] } } }""",
                "clients.stdio_bridge",
            ),
            kept(
                """Replace YOUR_ACCOUNT_ID with your account subdomain or numeric id and
                YOUR_ACCESS_TOKEN with the value from Step 1, then restart Claude Desktop (Cmd+Q on
                macOS - fully quit and reopen; reloading the window isn’t enough).""",
                "endpoint.account_by_name_or_number",
            ),
            kept(
                """The Connected Applications reveal modal generates this snippet for you with the
                URL and token already filled in.""",
                "connected_page.snippets",
            ),
            kept(
                "Click Copy under the Claude Desktop tab, paste into your config, restart Claude.",
                "connected_page.copy",
            ),
        ),
    ),
    Listed(
        "Claude Code",
        (
            kept(
                "Claude Code has native HTTP MCP support, so no bridge is needed.",
                "clients.streamable_http_with_bearer",
            ),
            not_ours("Run:", LEAD_IN),
            kept(
                r"""claude mcp add --transport http integrateio \
                https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp \ --header "Authorization: Bearer
                YOUR_ACCESS_TOKEN"
                """,
                "clients.claude_code_command",
                "clients.streamable_http_with_bearer",
            ),
        ),
    ),
    Listed(
        "MCP Inspector",
        (
            not_ours("The MCP Inspector has a native UI for ad-hoc debugging.", CLIENT),
            not_ours("Launch it:", LEAD_IN),
            kept("npx @modelcontextprotocol/inspector", "clients.inspector"),
            not_ours("Then in the UI:", LEAD_IN),
            kept("Transport: Streamable HTTP", "clients.inspector"),
            kept("URL: https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp", "clients.inspector"),
            kept("Headers: Authorization: Bearer YOUR_ACCESS_TOKEN", "clients.inspector"),
            kept(
                """The Inspector lets you call tools/list and tools/call directly and view the
                JSON-RPC response.""",
                "clients.inspector",
            ),
        ),
    ),
    Listed(
        "Cursor",
        (
            not_ours("Cursor uses the same stdio-only MCP transport as Claude Desktop.", CLIENT),
            kept(
                """Use the same mcp-remote bridge - edit ~/.cursor/mcp.json (or per-workspace
                .cursor/mcp.json) with the JSON snippet above.""",
                "clients.stdio_bridge",
            ),
        ),
    ),
    Listed(
        "Other MCP clients",
        (
            kept(
                """Anything that supports the Streamable HTTP MCP transport natively can hit
                https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp directly with an Authorization:
                Bearer <token> header, no bridge needed.""",
                "clients.streamable_http_with_bearer",
            ),
            kept(
                """Stdio-only clients need mcp-remote (or an equivalent stdio/HTTP bridge) to talk
                to the endpoint.""",
                "clients.stdio_bridge",
            ),
        ),
    ),
    Listed(
        "Step 3: Verify the connection",
        (
            not_ours("In Claude Desktop, type /mcp in the chat input.", CLIENT),
            kept(
                "You should see integrateio listed with all 32 tools available.",
                "tools.thirty_two",
                "endpoint.server_name",
            ),
            not_ours("Try a prompt such as:", LEAD_IN),
            kept("List the workspaces in my Integrate.io account.", "list_workspaces.counts"),
            kept(
                "Claude invokes tools/call with list_workspaces and returns the response payload.",
                "list_workspaces.counts",
            ),
        ),
    ),
    Listed(
        "What you can do with it",
        (
            not_ours(
                """These are real prompts you can type into Claude (or any connected AI assistant)
                once the MCP server is configured:""",
                LEAD_IN,
            ),
            not_ours("Natural-language promptTools invoked", HEAD),
            kept(
                "”My Salesforce sync just failed - what broke?”explain_job_failure",
                "explain_job_failure.primary_error",
            ),
            kept(
                """”Show me all packages that haven’t run successfully this week”list_runs with
                status filter""",
                "list_runs.filters",
            ),
            kept(
                """”Clone the Salesforce to Snowflake package into a new workspace for
                testing”clone_package""",
                "clone_package.name_and_workspace",
            ),
            kept(
                "”Which schedules are currently disabled?”list_schedules with enabled: false",
                "list_schedules.filters",
            ),
            kept(
                """”Preview the first 20 rows of the orders table on our production DB
                connection”preview_data""",
                "preview_data.rows_and_columns",
                "preview_data.arguments",
            ),
        ),
    ),
)

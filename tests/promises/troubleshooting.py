"""What each failure looks like."""

from tests.promises.kinds import Listed, departs, kept, not_ours
from tests.promises.reasons import ADVICE, CLIENT, HEAD

SECTIONS = (
    Listed(
        "Troubleshooting",
        (
            not_ours("SymptomCauseFix", HEAD),
            kept(
                "401 UnauthorizedMissing or expired tokenMint a new token in Step 1.",
                "endpoint.missing_or_expired_is_401",
            ),
            kept(
                """If you’re using an OAuth password-grant token, remember those expire after 2
                hours.""",
                "grant.two_hours",
            ),
            not_ours("Switch to a Connected Application PAT for a long-lived token.", ADVICE),
            departs(
                """OAuth sign-in never opens a browser, or SDK auth failed: HTTP 500 trying to
                load OAuth metadataThe MCP feature isn’t enabled for your account, or the client
                cached a failed discovery attemptConfirm the feature is enabled (contact
                Integrate.io support).""",
                """The metadata answers while the feature is off, too, and the consent screen says
                that it is off""",
                "sign_in.discovery_always_answers",
                "sign_in.consent_says_it_is_off",
                decision="1.10",
            ),
            not_ours(
                """Then remove and re-add the server (claude mcp remove integrateio then re-add),
                and run /mcpAuthenticate again.""",
                CLIENT,
            ),
            kept(
                """After authorizing, the browser shows a localhost “Authentication Successful”
                pageExpected - that page is served by your MCP client’s local callback, not by
                Integrate.ioNothing to fix.""",
                "sign_in.returns_to_the_local_callback",
            ),
            not_ours("Close the tab and return to your client.", ADVICE),
            kept(
                """401 Unauthorized after revoking a Connected ApplicationThe connection was
                deleted from Settings → Developer Settings → Connected ApplicationsCreate a new
                connection from that page and update your client config.""",
                "tokens.revoked_is_401_at_once",
            ),
            kept("Revocation takes effect immediately.", "tokens.revoked_is_401_at_once"),
            kept(
                """403 PTP MCP server is not enabled for this accountFeature is off for your
                accountContact Integrate.io support to enable the feature.""",
                "endpoint.switched_off_is_403",
            ),
            kept(
                """403 ForbiddenToken belongs to a user without access to the account in the
                URLUse a token for a user who is a member of the target account.""",
                "endpoint.cross_account_is_403",
            ),
            kept(
                """404 Not FoundWrong account id in URLUse the account id or subdomain from your
                Integrate.io dashboard URL.""",
                "endpoint.unknown_account_is_404",
            ),
            kept(
                """{"error":{"code":-32600,...}}Malformed JSON-RPC bodyVerify the request body
                matches the JSON-RPC 2.0 shape.""",
                "endpoint.malformed_is_32600",
            ),
            kept(
                """{"error":"connection not found, or not a database connection"}Called
                discover_schema or preview_data against a cloud-storage or SaaS connectionThese
                tools support database connections only.""",
                "discover_schema.databases_only",
                "preview_data.databases_only",
            ),
            kept("Use get_connection to confirm the type.", "get_connection.by_id"),
            not_ours(
                """Dragging the .mcpb onto Claude Desktop does nothing - no install dialog
                appearsA previous manualmcpServers entry in claude_desktop_config.json targets the
                same backend, so Claude Desktop sees the integration as already configured and
                silently no-opsQuit Claude Desktop, remove the old mcpServers entry from
                claude_desktop_config.json (location in the manual-config section above), reopen,
                then drag the .mcpb again.""",
                CLIENT,
            ),
            not_ours(
                """Dragging the .mcpb opens the install dialog, but installation appears to do
                nothingOlder Claude Desktop versions (< 0.10) don’t render .mcpb install dialogs
                reliablyUpdate Claude Desktop to 0.10 or later (Settings → About → Check for
                Updates), then retry.""",
                CLIENT,
            ),
            not_ours(
                """Extension installs but the integrateio integration isn’t visible in the MCP
                pickerRestart was skipped, or Claude Desktop is using a cached MCP picker
                stateFully quit Claude Desktop (Cmd+Q on macOS, not just window-close), wait 3
                seconds, reopen.""",
                CLIENT,
            ),
            not_ours("The integration should now appear.", CLIENT),
            kept(
                """Extension installs but every tool call returns 401 UnauthorizedWrong Personal
                Access Token entered at install time, or the PAT was revoked since installOpen
                Settings → Extensions → Integrate.io in Claude Desktop and re-enter the token.""",
                "endpoint.missing_or_expired_is_401",
                "tokens.revoked_is_401_at_once",
            ),
            kept(
                """If you don’t have one, mint a fresh PAT from Connected Applications in the
                dashboard first.""",
                "connected_page.create",
            ),
            kept(
                """Staging build extension can’t reach the production accountThe staging extension
                only talks to api-staging.xplenty.comInstall the production extension instead
                (downloaded from the production dashboard at https://dashboard.xplenty.com/...).
                """,
                "extension.staging_host",
                "endpoint.missing_or_expired_is_401",
            ),
            kept(
                "The two extensions can coexist on the same machine.",
                "extension.side_by_side",
            ),
            not_ours("Last modified on June 17, 2026", "date of the document"),
        ),
    ),
)

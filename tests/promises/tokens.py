"""Personal Access Tokens and the legacy password grant."""

from tests.promises.kinds import Listed, departs, kept, not_ours
from tests.promises.reasons import ADVICE, LEAD_IN, REFERENCE

SECTIONS = (
    Listed(
        "Step 1: Get a Personal Access Token",
        (
            kept(
                """If your client supports OAuth (e.g. Claude Code), you don’t need a token at all
                - use Connecting with OAuth instead.""",
                "sign_in.without_a_token",
            ),
            kept(
                """Personal Access Tokens are for clients that need a static bearer credential:
                Claude Desktop’s manual config, the MCP Inspector, curl, and scripts.""",
                "tokens.static_bearer",
            ),
            kept(
                """The simplest way to get a token is from the Connected Applications page in your
                Integrate.io dashboard - no curl, no password grant, no token expiry to manage.""",
                "connected_page.create",
                "tokens.ten_years",
            ),
            kept(
                """Sign in to your dashboard and navigate to Settings → Developer Settings →
                Connected Applications.""",
                "connected_page.address",
            ),
            kept(
                """(Direct URL:
                https://dashboard.xplenty.com/<your-account>/settings/developer/connected_applications)
                If you don’t see the Connected Applications link in the sidebar, contact
                Integrate.io support to request access.""",
                "connected_page.address",
                "connected_page.hidden_while_off",
            ),
            kept(
                "Click + Create new connection.",
                "connected_page.create",
            ),
            kept(
                """Give it a recognizable name (e.g. “Claude Desktop on Macbook”) and click Create
                token.""",
                "connected_page.create",
            ),
            kept(
                "The token is displayed once in a reveal modal.",
                "connected_page.shows_the_token_once",
            ),
            kept(
                "Click Copy before closing the modal.",
                "connected_page.copy",
            ),
            kept(
                "Integrate.io does not store the plaintext token and cannot show it again.",
                "tokens.only_a_hash_is_stored",
            ),
            kept(
                "If you lose it, revoke the connection and create a new one.",
                "connected_page.revoke",
                "tokens.rotation",
            ),
            kept(
                """The reveal modal also includes ready-to-paste configuration snippets for Claude
                Desktop, Claude Code, the MCP Inspector, and curl.""",
                "connected_page.snippets",
            ),
            kept(
                """You can skip ahead to Step 3 and paste the Claude Desktop snippet directly into
                your config file.""",
                "connected_page.snippets",
                "clients.documented_snippets",
            ),
            kept(
                """The Connected Applications page also has a Quick install for Claude Desktop
                card with a one-click .mcpb extension download.""",
                "connected_page.quick_install_card",
                "extension.download",
            ),
            not_ours(
                """If Claude Desktop is your client, use that path - see Step 2: Claude Desktop
                (one-click extension) below.""",
                REFERENCE,
            ),
            not_ours("Why Connected Applications instead of an OAuth grant request?", LEAD_IN),
            kept(
                """Connected Applications mint long-lived Personal Access Tokens (PATs) tied to a
                specific named integration.""",
                "tokens.named_connection",
                "tokens.ten_years",
            ),
            kept(
                """You don’t need to keep re-running an OAuth password-grant call every two hours,
                and you can revoke a token from the same page without affecting your dashboard
                session.""",
                "tokens.ten_years",
                "connected_page.revoking_leaves_the_session",
            ),
            kept(
                """Each connection appears in the list with its name, scope, and creation date,
                making it easy to audit which agent is connected to your account.""",
                "connected_page.list_facts",
            ),
            kept(
                "A connection can be revoked at any time from the same page.",
                "connected_page.revoke",
            ),
            kept(
                "The bearer token stops working immediately everywhere it’s pasted.",
                "tokens.revoked_is_401_at_once",
            ),
            not_ours("PAT scope and security notes:", LEAD_IN),
            kept(
                """PATs are account-wide and carry the same permissions as the user who created
                them.""",
                "tokens.same_rights_as_their_maker",
            ),
            departs(
                """There is currently no option to create a read-only PAT or restrict a PAT to a
                subset of MCP tools.""",
                "A token may be narrowed to reading, and to reading and running",
                "tokens.narrowed",
                decision="1.2",
            ),
            departs(
                "Contact Integrate.io support if you need scoped access.",
                "Nobody has to be asked: the person who makes a token narrows it",
                "tokens.narrowed",
                decision="1.3",
            ),
            kept("PATs have a 10-year lifetime by default.", "tokens.ten_years"),
            not_ours(
                "Treat them like passwords: store in a secrets manager, not in plain text.",
                ADVICE,
            ),
            kept(
                """Token rotation: revoke the existing connection in Connected Applications and
                create a new one.""",
                "connected_page.revoke",
                "connected_page.create",
                "tokens.rotation",
            ),
            not_ours("Update your MCP client config with the new token.", ADVICE),
        ),
    ),
    Listed(
        "Alternative: OAuth password grant (legacy)",
        (
            departs(
                """If you can’t use Connected Applications (e.g., automation that must mint tokens
                programmatically without a logged-in user), you can still use the OAuth Resource
                Owner Password Credentials grant.""",
                "An account has this grant only after it was switched on there",
                "grant.only_where_switched_on",
                "grant.documented_answer",
                decision="1.5",
            ),
            kept(
                "These tokens expire after two hours, so you’ll need to refresh them regularly.",
                "grant.two_hours",
            ),
            kept(
                r"""curl -X POST 'https://api.xplenty.com/oauth/token' \ -H 'Content-Type:
                application/json' \ -d '{ "grant_type": "password", "email": "you@your-org.com",
                "password": "your-password" }'""",
                "grant.documented_answer",
            ),
            kept(
                "The response includes the access_token:",
                "grant.documented_answer",
            ),
            kept(
                """{ "access_token": "ABC123...", "token_type": "Bearer", "expires_in": 7200,
                "created_at": 1234567890 }""",
                "grant.documented_answer",
            ),
            not_ours(
                """For interactive use with Claude Desktop or MCP Inspector, prefer Connected
                Applications.""",
                ADVICE,
            ),
            kept(
                "The 10-year PAT lifetime means you set it up once and forget it.",
                "tokens.ten_years",
            ),
        ),
    ),
)

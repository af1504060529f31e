"""Connecting with OAuth: browser sign-in, consent, revoking."""

from tests.promises.kinds import Listed, kept, not_ours
from tests.promises.reasons import CLIENT, LEAD_IN, REFERENCE

SECTIONS = (
    Listed(
        "Connecting with OAuth (browser sign-in)",
        (
            kept(
                """The easiest way to connect a client that supports OAuth (such as Claude Code)
                is to skip the token entirely and authenticate in your browser.""",
                "sign_in.without_a_token",
            ),
            kept(
                """The client registers itself, sends you to a consent screen, and stores the
                resulting credentials for you.""",
                "sign_in.registers_itself",
                "sign_in.leads_to_consent",
                "sign_in.without_a_token",
            ),
            kept(
                "There is nothing to copy or paste.",
                "sign_in.without_a_token",
            ),
        ),
    ),
    Listed(
        "Add the MCP server without a token",
        (
            kept(
                "Point your client at the endpoint with no Authorization header.",
                "sign_in.without_a_token",
            ),
            not_ours("For Claude Code:", LEAD_IN),
            kept(
                r"""claude mcp add --transport http integrateio \
                https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp""",
                "clients.claude_code_sign_in_command",
            ),
            kept(
                """Replace YOUR_ACCOUNT_ID with your account subdomain or numeric id (the value in
                your dashboard URL).""",
                "endpoint.account_by_name_or_number",
            ),
        ),
    ),
    Listed(
        "Start authentication",
        (
            not_ours(
                "Run /mcp in Claude Code and choose Authenticate for the integrateio server.",
                CLIENT,
            ),
            kept(
                "Claude Code opens your browser to the Integrate.io consent screen.",
                "sign_in.leads_to_consent",
            ),
            kept(
                "Sign in if you aren’t already.",
                "sign_in.asks_to_sign_in",
            ),
        ),
    ),
    Listed(
        "Authorize access",
        (
            kept(
                """You’ll see an Authorize access screen naming the client and the account it’s
                connecting to:""",
                "sign_in.consent_names_client_and_account",
            ),
            kept(
                """Claude Code is requesting access to your Integrate.io account your-account via
                the MCP server.""",
                "sign_in.consent_sentence",
            ),
            kept(
                """This will let it read and manage your pipelines, connections, and jobs in this
                account.""",
                "sign_in.consent_sentence",
            ),
            kept(
                "Click Authorize.",
                "sign_in.authorize_returns_to_the_client",
            ),
            kept(
                "The browser hands the client back its credentials and you can close the tab.",
                "sign_in.authorize_returns_to_the_client",
            ),
            not_ours("Skip ahead to Step 3: Verify the connection.", REFERENCE),
            kept(
                """The consent screen is locked to the account subdomain the client connected to,
                so a client can only ever be granted access to that one account.""",
                "sign_in.locked_to_one_account",
            ),
        ),
    ),
    Listed(
        "What OAuth grants",
        (
            kept(
                """Access is account-wide with the same permissions as the signed-in user -
                identical in scope to a Personal Access Token.""",
                "sign_in.same_rights_as_the_person",
            ),
            kept(
                """Tokens are short-lived and refreshed automatically by the client, so you won’t
                be prompted again every couple of hours during normal use.""",
                "sign_in.short_lived",
                "sign_in.refreshed_without_asking",
            ),
            kept(
                """The connection appears in Settings → Developer Settings → Connected
                Applications under the client’s name (e.g. “Claude Code”), alongside any Personal
                Access Tokens, so you can audit and revoke it in one place.""",
                "sign_in.listed_beside_tokens",
            ),
        ),
    ),
    Listed(
        "Revoking and re-authenticating",
        (
            kept(
                "Revoke: open Connected Applications, find the client, and click Revoke.",
                "sign_in.revoked_on_the_page",
            ),
            kept(
                "Access stops immediately and the client must authorize again to reconnect.",
                "sign_in.revoked_on_the_page",
                "sign_in.authorized_again",
            ),
            kept(
                """Re-authenticate: if you authorize the same client again, the new session
                replaces the previous one for that client name, so you won’t accumulate duplicate
                entries in Connected Applications.""",
                "sign_in.replaces_the_former",
            ),
            kept(
                """The consent screen still appears each time; that approval is the security
                checkpoint and is expected on every authorization.""",
                "sign_in.asked_every_time",
            ),
            kept(
                """Integrate.io uses the OAuth 2.1 Authorization Code flow with PKCE (S256), the
                same standard used by major SaaS MCP connectors.""",
                "sign_in.code_with_pkce_s256",
            ),
            kept(
                """After you click Authorize, your browser returns to the client’s local callback
                (e.g. http://localhost:…/callback) and shows a brief “Authentication Successful”
                page rendered by the client; that page comes from the MCP client, not from
                Integrate.io.""",
                "sign_in.returns_to_the_local_callback",
            ),
        ),
    ),
)

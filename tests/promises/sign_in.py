"""Connecting with OAuth: browser sign-in, consent, revoking."""

from tests.promises.kinds import Listed, kept, later, not_ours
from tests.promises.reasons import CLIENT, LEAD_IN, PAGE, REFERENCE, SIGN_IN

SECTIONS = (
    Listed(
        "Connecting with OAuth (browser sign-in)",
        (
            later(
                """The easiest way to connect a client that supports OAuth (such as Claude Code)
                is to skip the token entirely and authenticate in your browser.""",
                SIGN_IN,
            ),
            later(
                """The client registers itself, sends you to a consent screen, and stores the
                resulting credentials for you.""",
                SIGN_IN,
            ),
            later("There is nothing to copy or paste.", SIGN_IN),
        ),
    ),
    Listed(
        "Add the MCP server without a token",
        (
            later("Point your client at the endpoint with no Authorization header.", SIGN_IN),
            not_ours("For Claude Code:", LEAD_IN),
            later(
                r"""claude mcp add --transport http integrateio \
                https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp""",
                SIGN_IN,
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
            later("Claude Code opens your browser to the Integrate.io consent screen.", SIGN_IN),
            later("Sign in if you aren’t already.", SIGN_IN),
        ),
    ),
    Listed(
        "Authorize access",
        (
            later(
                """You’ll see an Authorize access screen naming the client and the account it’s
                connecting to:""",
                SIGN_IN,
            ),
            later(
                """Claude Code is requesting access to your Integrate.io account your-account via
                the MCP server.""",
                SIGN_IN,
            ),
            later(
                """This will let it read and manage your pipelines, connections, and jobs in this
                account.""",
                SIGN_IN,
            ),
            later("Click Authorize.", SIGN_IN),
            later(
                "The browser hands the client back its credentials and you can close the tab.",
                SIGN_IN,
            ),
            not_ours("Skip ahead to Step 3: Verify the connection.", REFERENCE),
            later(
                """The consent screen is locked to the account subdomain the client connected to,
                so a client can only ever be granted access to that one account.""",
                SIGN_IN,
            ),
        ),
    ),
    Listed(
        "What OAuth grants",
        (
            later(
                """Access is account-wide with the same permissions as the signed-in user -
                identical in scope to a Personal Access Token.""",
                SIGN_IN,
            ),
            later(
                """Tokens are short-lived and refreshed automatically by the client, so you won’t
                be prompted again every couple of hours during normal use.""",
                SIGN_IN,
            ),
            later(
                """The connection appears in Settings → Developer Settings → Connected
                Applications under the client’s name (e.g. “Claude Code”), alongside any Personal
                Access Tokens, so you can audit and revoke it in one place.""",
                SIGN_IN,
            ),
        ),
    ),
    Listed(
        "Revoking and re-authenticating",
        (
            later("Revoke: open Connected Applications, find the client, and click Revoke.", PAGE),
            later(
                "Access stops immediately and the client must authorize again to reconnect.",
                SIGN_IN,
            ),
            later(
                """Re-authenticate: if you authorize the same client again, the new session
                replaces the previous one for that client name, so you won’t accumulate duplicate
                entries in Connected Applications.""",
                SIGN_IN,
            ),
            later(
                """The consent screen still appears each time; that approval is the security
                checkpoint and is expected on every authorization.""",
                SIGN_IN,
            ),
            later(
                """Integrate.io uses the OAuth 2.1 Authorization Code flow with PKCE (S256), the
                same standard used by major SaaS MCP connectors.""",
                SIGN_IN,
            ),
            later(
                """After you click Authorize, your browser returns to the client’s local callback
                (e.g. http://localhost:…/callback) and shows a brief “Authentication Successful”
                page rendered by the client; that page comes from the MCP client, not from
                Integrate.io.""",
                SIGN_IN,
            ),
        ),
    ),
)

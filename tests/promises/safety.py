"""Safety, audit, read-only posture, and calls by hand."""

from tests.promises.kinds import Listed, departs, kept, not_ours
from tests.promises.reasons import ADVICE, HEAD, LEAD_IN, RESTORING

SECTIONS = (
    Listed(
        "Safety, audit, and read-only mode",
        (
            kept(
                """Mutating tools (create_package, clone_package, update_package_components,
                update_package_edges, add_package_components, remove_package_components,
                rename_package, manage_package_variables, delete_package, toggle_schedule,
                run_package, cancel_job, retry_job) modify your live account, including production
                pipelines.""",
                "tools.read_only_hints",
                "add_package_components.adds",
            ),
            not_ours("There is no sandbox mode.", ADVICE),
            kept("Changes take effect immediately.", "tools.changes_at_once"),
            kept(
                """Audit trail: All writes made through the MCP server are captured in your
                account’s audit history via PaperTrail.""",
                "audit.every_change",
            ),
            departs(
                """Changes made by update_package_components are versioned and reversible through
                the existing package version history UI.""",
                RESTORING,
                "update_package_components.new_version",
                decision=None,
            ),
            kept(
                """Running in read-only posture: If you want to connect an AI assistant with no
                write access, limit your prompts to the read-only tools (list_*, get_*, search_all,
                explain_job_failure, validate_package, discover_schema, discover_file_schema,
                preview_data, test_connection).""",
                "tools.read_only_hints",
                "tools.reading_has_no_side_effects",
            ),
            departs(
                """There is currently no server-side mechanism to restrict a token to read-only
                tools.""",
                "A token may be narrowed to reading; the server then refuses the other tools",
                "tokens.narrowed",
                decision="1.2",
            ),
            departs(
                "This is a client-side discipline for now.",
                "The server refuses, no discipline is needed",
                "tokens.narrowed",
                decision="1.2",
            ),
            departs(
                "Contact Integrate.io support if you need a scoped token.",
                "Nobody has to be asked: the person who makes a token narrows it",
                "tokens.narrowed",
                decision="1.3",
            ),
            not_ours("Procurement checklist:", LEAD_IN),
            kept(
                "All MCP-driven changes appear in the PaperTrail audit log.",
                "audit.every_change",
            ),
            kept(
                """Tokens can be revoked instantly from Settings → Developer Settings → Connected
                Applications.""",
                "connected_page.revoke",
                "tokens.revoked_is_401_at_once",
            ),
            kept(
                "No credentials, TLS certificates, or SSL keys are ever returned by any tool.",
                "tools.no_credentials",
            ),
            not_ours(
                "Use these prompts to explore your account and test the integration.",
                LEAD_IN,
            ),
            kept(
                "They use read-only tools only, so they are safe for production accounts.",
                "tools.reading_has_no_side_effects",
            ),
            not_ours("GoalPrompt to type", HEAD),
            kept(
                """Orient yourself”List the workspaces in my Integrate.io account and summarize
                the health of each one.”""",
                "list_workspaces.counts",
            ),
            kept(
                """Find recent failures”Show me all jobs that failed in the last 24 hours and
                summarize the most common errors.”""",
                "list_runs.filters",
                "list_runs.fields",
            ),
            kept(
                """Diagnose a specific failure”Explain why run ID 123456 failed and suggest how to
                fix it.”""",
                "explain_job_failure.primary_error",
                "explain_job_failure.next_steps",
            ),
            kept(
                """Audit active schedules”List all enabled schedules and tell me which packages
                run most frequently.”""",
                "list_schedules.filters",
            ),
            kept(
                """Explore a connection”What tables are available on the production-postgres
                connection?”""",
                "discover_schema.lists_tables",
            ),
            kept(
                "list_workspaces is the best starting point for AI assistants.",
                "list_workspaces.is_the_start",
            ),
            kept(
                """It gives a snapshot of package counts and recent failure rates across all
                workspaces before diving into details.""",
                "list_workspaces.counts",
            ),
        ),
    ),
    Listed(
        "Example: Calling a tool with curl",
        (
            kept("You can also call the endpoint directly.", "examples.posted_by_hand"),
            kept("The body is a JSON-RPC 2.0 request.", "endpoint.json_rpc"),
            kept(
                r"""curl -X POST 'https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp' \ -H
                'Authorization: Bearer YOUR_ACCESS_TOKEN' \ -H 'Content-Type: application/json' \
                -d '{ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name":
                "list_packages", "arguments": { "status": "active", "limit": 10 } } }'""",
                "examples.posted_by_hand",
            ),
            not_ours(
                "To diagnose a failed run, call explain_job_failure with the run id:",
                LEAD_IN,
            ),
            kept(
                r"""curl -X POST 'https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp' \ -H
                'Authorization: Bearer YOUR_ACCESS_TOKEN' \ -H 'Content-Type: application/json' \
                -d '{ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name":
                "explain_job_failure", "arguments": { "run_id": 123456, "log_tail_lines": 100 } }
                }'""",
                "examples.posted_by_hand",
            ),
            not_ours("To preview source data before designing a transformation:", LEAD_IN),
            kept(
                r"""curl -X POST 'https://api.xplenty.com/YOUR_ACCOUNT_ID/api/mcp' \ -H
                'Authorization: Bearer YOUR_ACCESS_TOKEN' \ -H 'Content-Type: application/json' \
                -d '{ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": { "name":
                "preview_data", "arguments": { "connection_id": 42, "table": "orders", "row_count":
                20, "where_clause": "amount > 1000" } } }'""",
                "examples.posted_by_hand",
            ),
        ),
    ),
)

"""What the tools are for, and those that only read."""

from tests.promises.kinds import Listed, departs, kept, not_ours
from tests.promises.reasons import ELASTICSEARCH, HEAD, STORES

SECTIONS = (
    Listed(
        "Available tools",
        (
            kept(
                "The server registers 32 tools, grouped by what they do.",
                "tools.thirty_two",
                "tools.documented_order",
            ),
            kept(
                "Read-only tools inspect account state without side effects.",
                "tools.reading_has_no_side_effects",
            ),
            kept(
                "Mutating tools create, modify, or run packages and jobs - flagged below.",
                "tools.read_only_hints",
            ),
            kept(
                """For a deep dive on the package-authoring tools (create_package,
                list_component_types, describe_component_type, add_package_components,
                update_package_components, update_package_edges, remove_package_components,
                rename_package, manage_package_variables, delete_package), see Creating packages
                with MCP tools.""",
                "tools.thirty_two",
                "add_package_components.adds",
            ),
        ),
    ),
    Listed(
        "Account inventory (read-only)",
        (
            not_ours("ToolDescription", HEAD),
            kept(
                """list_workspacesLists workspaces in the account with package_count,
                last_failed_jobs_count, and last_completed_jobs_count.""",
                "list_workspaces.counts",
            ),
            kept("Recommended starting point for AI assistants.", "list_workspaces.is_the_start"),
            kept(
                "list_packagesLists packages (ETL pipeline definitions).",
                "list_packages.lists_packages",
            ),
            kept(
                """Filterable by flow_type (dataflow or workflow), status (active or archived),
                and workspace_id.""",
                "list_packages.filters",
            ),
            kept("Includes last_run_status.", "list_packages.last_run_status"),
            kept(
                """get_packageReturns a single package by package_id with a curated data flow
                graph summary (component count, edge count, component-type tally, variables count).
                """,
                "get_package.graph_summary",
            ),
            kept(
                "Set include_full_graph: true to return the full data_flow_json blob.",
                "get_package.full_graph",
            ),
            kept(
                "list_connectionsLists database and cloud-storage connections.",
                "list_connections.every_category",
            ),
            kept("Returns id, name, type, and status only.", "list_connections.four_fields"),
            kept("Optional connection_type_filter.", "list_connections.type_filter"),
            kept(
                "get_connectionReturns details for a single connection by connection_id.",
                "get_connection.by_id",
            ),
            departs(
                """Includes non-credential identifying fields such as host, port, database, and
                tunnel_type, plus suggested_components mapping the connection’s vendor to the right
                source/destination component type (e.g. a Snowflake connection suggests
                snowflake_destination_component rather than the generic database one).""",
                """A component type is suggested only when it is in the catalogue; there are no
                types of single vendors""",
                "get_connection.identifying_fields",
                "get_connection.suggested_components",
                decision="5",
            ),
            kept(
                """list_clustersLists compute clusters with status, type, nodes, region, lifecycle
                timestamps, and terminate_on_idle.""",
                "list_clusters.fields",
            ),
            kept("Filter by status.", "list_clusters.status_filter"),
            departs(
                """search_allFree-text search across connections, packages, clusters, and
                workspaces, backed by Elasticsearch.""",
                ELASTICSEARCH,
                "search_all.four_types",
                decision=None,
            ),
            kept(
                """Narrow with types and cap per-type hits with per_type_limit (default 10, max
                50).""",
                "search_all.types_and_limit",
            ),
            kept(
                """list_component_typesLists every component registered in the platform catalog
                (sources, transformations, destinations).""",
                "list_component_types.whole_catalogue",
            ),
            kept(
                """Each entry includes the internal name, category, class_name, header docstring,
                and the wrapper_key plus specific_component_type needed to build a valid
                data_flow_json.""",
                "list_component_types.fields",
            ),
            kept("Optional category filter.", "list_component_types.category_filter"),
            kept(
                """describe_component_typeReturns property-level detail for one component type:
                writable attributes (properties), presence-validated attributes (required), header
                docstring, optional fixture example, and a wrapper_example showing the exact JSON
                shape.""",
                "describe_component_type.properties",
                "describe_component_type.wrapper_example",
            ),
            kept("Pair with list_component_types.", "describe_component_type.takes_listed_names"),
        ),
        promises=("tools.read_only_hints",),
    ),
    Listed(
        "Run inspection (read-only)",
        (
            not_ours("ToolDescription", HEAD),
            kept(
                """list_runsLists recent job runs with status, started_at, completed_at,
                runtime_in_seconds, cluster_id, package_id, and last_error for failed runs.""",
                "list_runs.fields",
            ),
            kept("Filter by package_id or status.", "list_runs.filters"),
            kept("Excludes child retries by default.", "list_runs.leaves_children_out"),
            kept(
                "get_runReturns a single run by run_id plus a redacted log tail.",
                "get_run.by_id",
                "get_run.redacted_log_tail",
            ),
            kept(
                """Use log_tail_lines to control how many trailing lines to return (default 20,
                max 200).""",
                "get_run.log_tail_lines",
            ),
            kept(
                """explain_job_failureReturns the run’s primary error, a redacted log tail,
                programmatic error-pattern detection (FATAL, ERROR, exception, auth, connection,
                schema), and heuristic next-step suggestions.""",
                "explain_job_failure.primary_error",
                "explain_job_failure.redacted_log_tail",
                "explain_job_failure.pattern_families",
                "explain_job_failure.next_steps",
            ),
            kept(
                "Use log_tail_lines to control tail size (default 50, max 200).",
                "explain_job_failure.log_tail_lines",
            ),
        ),
        promises=("tools.read_only_hints",),
    ),
    Listed(
        "Schedule inspection (read-only)",
        (
            not_ours("ToolDescription", HEAD),
            kept(
                """list_schedulesLists schedules in the account with name, package_id, cron,
                next_run_at, and enabled.""",
                "list_schedules.fields",
            ),
            kept("Filter by package_id or enabled.", "list_schedules.filters"),
            kept(
                """get_scheduleReturns one schedule by schedule_id with its full cron expression,
                variables, and timing metadata.""",
                "get_schedule.details",
            ),
        ),
        promises=("tools.read_only_hints",),
    ),
    Listed(
        "Pipeline diagnostics (read-only)",
        (
            not_ours("ToolDescription", HEAD),
            departs(
                """validate_packageRuns the same synchronous validation the web UI does:
                structural check plus a JMS script validation.""",
                """There is no separate job service with scripts to check: fields, expressions,
                variables and connections are checked in its place, by the same service for every
                door""",
                "validate_package.structure",
                "validate_package.expressions_and_connections",
                decision="5",
            ),
            kept("Returns a per-component error list.", "validate_package.errors_by_component"),
            kept(
                "Each call creates a JobValidation record and typically takes ~5 seconds.",
                "validate_package.keeps_a_record",
            ),
            kept(
                "discover_schemaLists tables available through a database connection.",
                "discover_schema.lists_tables",
            ),
            kept(
                "Optional schema_name, limit, offset, and search arguments.",
                "discover_schema.arguments",
            ),
            kept("Only works for database connection types.", "discover_schema.databases_only"),
            departs(
                """discover_file_schemaDetects the columns of a delimited file (CSV, TSV, and
                similar) on a cloud-storage or SFTP connection.""",
                STORES,
                "discover_file_schema.columns",
                decision=None,
            ),
            kept(
                """Use this to learn a file’s columns before wiring a Select component or
                destination.""",
                "discover_file_schema.feeds_a_source",
            ),
            kept(
                """Required connection_id and path; optional delimiter, header_row, record_type,
                record_delimiter, char_encoding, bucket, lines, quote, escape.""",
                "discover_file_schema.arguments",
            ),
            kept(
                """Returns field_count, column_names, and the importer’s raw fields for direct use
                in a source component’s schema.fields.""",
                "discover_file_schema.answer",
                "discover_file_schema.feeds_a_source",
            ),
            kept(
                """preview_dataReturns column metadata plus a small sample of rows from a database
                table.""",
                "preview_data.rows_and_columns",
            ),
            kept(
                """Optional schema_name, row_count (default 20, max 200), and where_clause (single
                fragment; semicolons and SQL comment markers are rejected).""",
                "preview_data.arguments",
                "preview_data.where_clause",
            ),
            kept(
                "test_connectionActively pings a connection’s upstream system.",
                "test_connection.pings",
            ),
            kept(
                "Returns success: true/false with an error_message on failure.",
                "test_connection.outcome",
            ),
            departs(
                """Optional connection_type disambiguates when the same id exists in both the
                database and cloud-storage connection tables.""",
                """There is one table of connections and one sequence of ids, so connection_type
                only checks""",
                "test_connection.connection_type",
                decision="3.1",
            ),
        ),
        promises=("tools.read_only_hints",),
    ),
)

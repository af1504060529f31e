"""The tools that change, run, cancel and retry."""

from tests.promises.kinds import Listed, departs, kept, not_ours
from tests.promises.reasons import ADVICE, ARCHIVING, HEAD, RESTORING

SECTIONS = (
    Listed(
        "Pipeline mutations (write - agent edits the package itself)",
        (
            not_ours("ToolDescription", HEAD),
            kept(
                "create_packageCreates a new package atomically from a full data_flow_json spec.",
                "create_package.atomic",
            ),
            kept("Requires name, flow_type, components, edges.", "create_package.required"),
            kept(
                """Optional workspace_id (defaults to unassigned), description, flow_version
                (defaults to 2.0.0).""",
                "create_package.defaults",
            ),
            kept(
                "Component and edge ids are auto-generated when omitted.",
                "create_package.makes_ids",
            ),
            kept("Returns the new package_id.", "create_package.answers_the_id"),
            kept(
                """clone_packageDuplicates an existing package by package_id into a new package
                with optional name and workspace_id overrides.""",
                "clone_package.copies",
                "clone_package.name_and_workspace",
            ),
            kept("Returns the new package_id.", "clone_package.answers_the_id"),
            kept(
                """update_package_componentsEdits specific components within a package’s
                data_flow_json.""",
                "update_package_components.edits_by_name",
            ),
            kept(
                "Each entry is { component_name, updates }; nested hashes are deep-merged.",
                "update_package_components.deep_merge",
            ),
            kept(
                "All-or-nothing semantics: if any component_name isn’t found, no writes happen.",
                "update_package_components.all_or_nothing",
            ),
            departs(
                """Bumps the package version via PaperTrail; reversible via the existing UI
                history.""",
                RESTORING,
                "update_package_components.new_version",
                decision=None,
            ),
            kept(
                "update_package_edgesReplaces a package’s edges array wholesale.",
                "update_package_edges.replaces_all",
            ),
            kept(
                """Pre-validates that every edge’s source and target resolves to a component id in
                the current package — any unknown reference rejects the whole call with no partial
                writes.""",
                "update_package_edges.unknown_end_refuses_all",
            ),
            kept("Bumps the package version via PaperTrail.", "update_package_edges.new_version"),
            kept(
                """remove_package_componentsRemoves one or more components from a package’s flow
                by name.""",
                "remove_package_components.by_name",
            ),
            kept(
                "All-or-nothing: if any name is not found, the whole call is rejected.",
                "remove_package_components.all_or_nothing",
            ),
            kept(
                """Edges incident to a removed component are dropped at the same time so the
                package never carries dangling edges.""",
                "remove_package_components.drops_edges",
            ),
            kept(
                "Row-locked, version-bumped via PaperTrail.",
                "remove_package_components.locked",
                "remove_package_components.new_version",
            ),
            kept(
                "rename_packageUpdates a package’s name and optional description.",
                "rename_package.name_and_description",
            ),
            kept("Metadata-only.", "rename_package.leaves_the_flow"),
            kept("data_flow_json is left untouched.", "rename_package.leaves_the_flow"),
            kept("Recorded in the package version history.", "rename_package.new_version"),
            kept(
                """manage_package_variablesDefines, updates, or removes a package’s public
                variables (the named defaults a package exposes).""",
                "manage_package_variables.set_and_remove",
            ),
            kept(
                """Accepts set (a hash of { name => default } to add or update) and/or remove (an
                array of variable names to delete).""",
                "manage_package_variables.set_and_remove",
            ),
            kept(
                "Row-locked partial update; secret variables stay UI-only.",
                "manage_package_variables.locked",
                "manage_package_variables.refuses_secrets",
            ),
            kept("delete_packageArchives a package (soft delete).", "delete_package.archives"),
            departs(
                """Mirrors the dashboard’s Archive action — the Job row is preserved with status
                archived and remains queryable via list_packages(status: 'archived').""",
                ARCHIVING,
                "delete_package.archives",
                "delete_package.listed_as_archived",
                decision=None,
            ),
            kept(
                "Rejected if an active schedule still references the package.",
                "delete_package.blocked_by_active_schedule",
            ),
        ),
        promises=("tools.read_only_hints",),
    ),
    Listed(
        "Schedule mutations (write)",
        (
            not_ours("ToolDescription", HEAD),
            kept(
                "toggle_scheduleEnables or disables a schedule by schedule_id.",
                "toggle_schedule.by_id",
            ),
            kept("Set enabled: true or enabled: false.", "toggle_schedule.enabled"),
        ),
        promises=("tools.read_only_hints",),
    ),
    Listed(
        "Execution + recovery (write)",
        (
            not_ours("ToolDescription", HEAD),
            kept(
                """run_packageSubmits a package for execution and returns the run_id immediately
                (doesn’t wait for completion).""",
                "run_package.answers_at_once",
            ),
            kept("Poll status via get_run.", "run_package.polled_by_get_run"),
            kept("Optional cluster_id, variables, and dynamic_variables.", "run_package.arguments"),
            kept("cancel_jobCancels a currently-running job by run_id.", "cancel_job.stops_a_run"),
            kept(
                """Idempotent - calling on an already-finished job returns the current status
                without erroring.""",
                "cancel_job.idempotent",
            ),
            kept(
                "retry_jobRetries a failed job by run_id, optionally on a different cluster_id.",
                "retry_job.failed_run",
                "retry_job.cluster",
            ),
            kept(
                "Creates a new run; the original run is preserved for history.",
                "retry_job.new_run",
            ),
            kept(
                "All tools are scoped to the authenticated account.",
                "tools.scoped_to_the_account",
            ),
            kept("None return credentials or other sensitive material.", "tools.no_credentials"),
            kept(
                """Tools that hit external services (validate_package, discover_schema,
                preview_data, test_connection, run_package) cause real network calls to JMS, the
                schema-importer, or your upstream systems.""",
                "tools.open_world_hints",
            ),
            not_ours("Use them sparingly.", ADVICE),
        ),
        promises=("tools.read_only_hints",),
    ),
)

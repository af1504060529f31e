"""The catalogue: importing this package registers every tool."""

from accounts.rights import ToolGroup
from mcp_endpoint.registry import arrange
from mcp_endpoint.tools import (
    clusters,
    components,
    connections,
    packages,
    runs,
    schedules,
    workspaces,
)

CATALOGUE = {
    ToolGroup.INVENTORY: (
        workspaces.list_workspaces.__name__,
        packages.list_packages.__name__,
        packages.get_package.__name__,
        connections.list_connections.__name__,
        connections.get_connection.__name__,
        clusters.list_clusters.__name__,
        components.list_component_types.__name__,
        components.describe_component_type.__name__,
    ),
    ToolGroup.RUNS: (
        runs.list_runs.__name__,
        runs.get_run.__name__,
        runs.explain_job_failure.__name__,
    ),
    ToolGroup.SCHEDULES: (
        schedules.list_schedules.__name__,
        schedules.get_schedule.__name__,
    ),
    ToolGroup.DIAGNOSTICS: (
        packages.validate_package.__name__,
        connections.discover_schema.__name__,
        connections.preview_data.__name__,
        connections.test_connection.__name__,
    ),
    ToolGroup.EXECUTION: (
        runs.run_package.__name__,
        runs.cancel_job.__name__,
        runs.retry_job.__name__,
    ),
}
"""Names by group, in the order of the product document; tools/list never changes it."""

arrange(CATALOGUE)

"""The catalogue: importing this package registers every tool."""

from mcp_endpoint.tools import connections, packages, runs, workspaces

CATALOGUE = (
    workspaces.list_workspaces.__name__,
    packages.list_packages.__name__,
    packages.get_package.__name__,
    connections.list_connections.__name__,
    runs.list_runs.__name__,
    runs.get_run.__name__,
    runs.explain_job_failure.__name__,
    connections.discover_schema.__name__,
    connections.preview_data.__name__,
    connections.test_connection.__name__,
    runs.run_package.__name__,
)
"""Names in the order of the product document; tools/list never changes it."""

"""Fills the product's database with the account that is asked for, and tells the others about it.

    python -m benchmarks.mcp_servers.account    # in the product's environment; prints JSON

The way in is the product's own statement. The rows are one statement, written as one would by hand:
the other servers shall not pay for what an object-relational mapper costs.
"""

import json
import os
from datetime import timedelta

SUBDOMAIN = "bench"
PACKAGES = 24
RUNS_EACH = 40
ROWS = """
    SELECT p.id, p.name, p.flow_type, p.status, p.workspace_id, w.name AS workspace_name,
           p.version_major || '.' || p.version_minor AS version,
           newest.id AS last_run_id, newest.status AS last_run_status, p.updated_at
      FROM packages_app_package p
      LEFT JOIN accounts_workspace w ON w.id = p.workspace_id
      LEFT JOIN LATERAL (
            SELECT r.id, r.status FROM runs_run r
             WHERE r.package_id = p.id AND r.child_kind = '' ORDER BY r.id DESC LIMIT 1
           ) newest ON TRUE
     WHERE p.account_id = %s
     ORDER BY p.id DESC
     LIMIT 21
"""


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connection

    from connected_apps.authentication import WAY_IN_BY_SUBDOMAIN

    token = fill()
    with connection.cursor() as cursor:
        # Else the plans would change when PostgreSQL comes by itself, in the midst of measuring.
        cursor.execute("VACUUM ANALYZE")
    print(
        json.dumps(
            {"subdomain": SUBDOMAIN, "token": token, "way_in": WAY_IN_BY_SUBDOMAIN, "rows": ROWS}
        )
    )


def fill() -> str:
    """24 packages in three workspaces, one in four without; 40 runs each. Returns a token."""
    from accounts.services import create_account, create_user, create_workspace
    from audit.actor import command_actor
    from connected_apps.services import create_token
    from connections.services import create_connection
    from demo.packages import packages
    from packages_app.services import create_package

    actor = command_actor("benchmark")
    account = create_account(subdomain=SUBDOMAIN, name="Bench", actor=actor, mcp_enabled=True)
    owner = create_user(
        email="bench@example.com", password=None, account=account, role="owner", actor=actor
    )
    workspaces = [
        create_workspace(account=account, name=name, actor=actor)
        for name in ("Nightly", "Finance", "Exploration")
    ]
    files = create_connection(
        account=account, name="files", kind="local_folder", settings={"path": "f"}, actor=actor
    )
    warehouse = create_connection(
        account=account, name="warehouse", kind="duckdb", settings={"database": "w"}, actor=actor
    )
    definitions = packages(files=files.pk, warehouse=warehouse.pk)
    for number in range(PACKAGES):
        definition = definitions[number % len(definitions)]
        package = create_package(
            account=account,
            name=f"{definition.name}, region {number + 1}",
            flow=definition.flow,
            workspace=[*workspaces, None][number % 4],
            owner=owner,
            actor=actor,
        )
        add_runs(package)
    _, token = create_token(account=account, user=owner, name="Benchmark", actor=actor)
    return token


def add_runs(package) -> None:
    """Finished runs, every eighth of them a retry of the one before."""
    from packages_app.services import freeze_flow
    from runs.models import Run

    flow = freeze_flow(package)
    endings = (Run.Status.COMPLETED, Run.Status.COMPLETED, Run.Status.FAILED, Run.Status.STOPPED)
    Run.objects.bulk_create(
        Run(
            account_id=package.account_id,
            package=package,
            package_version=package.version,
            flow=flow,
            status=endings[(package.pk + number) % len(endings)],
            child_kind=Run.ChildKind.RETRY if number % 8 == 7 else "",
            started_at=package.created_at,
            completed_at=package.created_at + timedelta(seconds=number),
        )
        for number in range(RUNS_EACH)
    )


if __name__ == "__main__":
    main()

"""What the page tests share: a signed-in browser, and the flow of the design's pictures."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from packages_app.models import Package
from runs.models import Run, RunComponent, RunLog
from tests.dashboard.browsing import browser, page, said, signed_in_page

__all__ = ["browser", "page", "said", "signed_in_page"]

CARRIER_DELAYS: tuple[tuple[str, str, dict], ...] = (
    ("flights", "cloud_storage_source", {"record_type": "delimited"}),
    ("airlines", "cloud_storage_source", {}),
    ("weather", "cloud_storage_source", {}),
    ("flag_cancelled", "select", {}),
    ("with_airline", "join", {"join_type": "left"}),
    ("with_weather", "join", {"join_type": "left"}),
    ("per_carrier_day", "aggregate", {}),
    (
        "carrier_delays",
        "database_destination",
        {
            "target_table": "carrier_delays",
            "operation_type": "merge_update_insert",
            "add_columns": False,
            "schema": {"fields": [{"name": "carrier", "type": "string", "key": True}]},
        },
    ),
    ("daily_parquet", "cloud_storage_destination", {"destination_format": "parquet"}),
)
CARRIER_EDGES = (
    ("flights", "flag_cancelled"),
    ("flag_cancelled", "with_airline"),
    ("airlines", "with_airline"),
    ("with_airline", "with_weather"),
    ("weather", "with_weather"),
    ("with_weather", "per_carrier_day"),
    ("per_carrier_day", "carrier_delays"),
    ("per_carrier_day", "daily_parquet"),
)
CARRIER_ROWS = {
    "flights": (None, 27004),
    "airlines": (None, 16),
    "weather": (None, 2226),
    "flag_cancelled": (27004, 27004),
    "with_airline": (27020, 27004),
    "with_weather": (29230, 27004),
    "per_carrier_day": (27004, 466),
    "carrier_delays": (466, 0),
    "daily_parquet": (466, 466),
}


def flow_of(nodes: Any, edges: Any) -> dict[str, Any]:
    """A flow whose components' ids are their names."""
    return {
        "flow_version": "2.0.0",
        "components": [
            {f"{kind}_component": {"id": name, "name": name, **body}} for name, kind, body in nodes
        ],
        "edges": [
            {"id": f"e{place}", "source": source, "target": target}
            for place, (source, target) in enumerate(edges)
        ],
    }


@pytest.fixture
def signed_in(client: Client, user) -> Client:
    client.force_login(user)
    return client


@pytest.fixture
def carrier_delays(make_package, user, make_connection) -> Package:
    files = make_connection()
    warehouse = make_connection("warehouse", "duckdb", category="database")
    flow = flow_of(CARRIER_DELAYS, CARRIER_EDGES)
    for entry in flow["components"]:
        for wrapper, body in entry.items():
            database = wrapper.startswith("database")
            body["connection_id"] = warehouse.pk if database else files.pk
    return make_package(
        "Carrier delays by day",
        flow=flow,
        owner=user,
        description="Joins flights with airlines and weather.",
        variables={"month": "2013-01"},
    )


@pytest.fixture
def add_components() -> Callable[..., list[RunComponent]]:
    """Component rows of a run, one for each name, each a tenth of the run long."""

    def add(run: Run, states: dict[str, str]) -> list[RunComponent]:
        begin = run.started_at or timezone.now()
        rows = []
        for place, (name, kind, _) in enumerate(CARRIER_DELAYS):
            state = states.get(name, "completed")
            started = None if state == "waiting" else begin + timedelta(seconds=place)
            rows_in, rows_out = (None, None) if state == "waiting" else CARRIER_ROWS[name]
            rows.append(
                RunComponent(
                    run=run,
                    component_id=name,
                    name=name,
                    type=f"{kind}_component",
                    position=place,
                    state=state,
                    rows_in=rows_in,
                    rows_out=rows_out,
                    started_at=started,
                    finished_at=started and started + timedelta(seconds=1),
                )
            )
        return RunComponent.objects.bulk_create(rows)

    return add


@pytest.fixture
def add_lines() -> Callable[..., list[RunLog]]:
    def add(run: Run, *lines: tuple[str, str, str], first: int = 1) -> list[RunLog]:
        return RunLog.objects.bulk_create(
            RunLog(
                run=run,
                number=first + place,
                at=timezone.now(),
                level=level,
                component=component,
                message=message,
            )
            for place, (level, component, message) in enumerate(lines)
        )

    return add


@pytest.fixture
def failed_run(carrier_delays, make_run, add_components, add_lines) -> Run:
    begin = timezone.now() - timedelta(hours=2)
    run = make_run(
        carrier_delays,
        status=Run.Status.FAILED,
        error="The table carrier_delays has no column cancelled_rate.",
        failed_component="carrier_delays",
        started_at=begin,
        completed_at=begin + timedelta(seconds=12.4),
        schedule_label="Nightly",
        attempt=1,
    )
    add_components(run, {"carrier_delays": "failed"})
    add_lines(
        run,
        ("INFO", "", "Claimed by worker default-2"),
        ("DEBUG", "", "Plan: 9 components, 8 edges"),
        ("INFO", "flights", "27,004 rows read in 1.4 s"),
        ("WARN", "with_weather", "540 flights without a weather row"),
        ("ERROR", "carrier_delays", 'column "cancelled_rate" of relation does not exist'),
        ("INFO", "carrier_delays", "Rolled back, 0 rows written"),
    )
    return run


@pytest.fixture
def running_run(carrier_delays, make_run, add_components, add_lines) -> Run:
    run = make_run(
        carrier_delays,
        status=Run.Status.RUNNING,
        started_at=timezone.now() - timedelta(seconds=8),
        progress=0.46,
        attempt=1,
    )
    add_components(run, {"per_carrier_day": "running", "carrier_delays": "waiting"})
    add_lines(run, ("INFO", "flights", "Reading flights.csv"))
    return run

"""The demo packages as documents: complete, connected and placed."""

import re
from typing import Any

import pytest

from demo.account import CONNECTIONS, DATA_FILES, SCHEDULES, WORKSPACES
from demo.definitions import PackageDefinition
from demo.packages import packages
from engine.check import check_flow
from engine.flow import parse_flow
from engine.variables import Variables

PACKAGES = packages(files=11, warehouse=22)

each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.key)


def bodies(package: PackageDefinition) -> list[dict[str, Any]]:
    return [body for wrapped in package.flow["components"] for body in wrapped.values()]


def test_the_packages_lie_in_their_workspaces():
    by_workspace = {
        workspace.name: [package.name for package in PACKAGES if package.workspace == workspace.key]
        for workspace in WORKSPACES
    }

    assert by_workspace == {
        "Nightly": ["Carrier delays by day", "Flights to Parquet", "Departures by airport"],
        "Exploration": ["Longest delays", "Plane utilisation, archive import"],
    }


def test_the_schedules_name_existing_packages():
    names = {package.key: package.name for package in PACKAGES}

    planned = [
        (schedule.name, schedule.cron, names[schedule.package], schedule.enabled)
        for schedule in SCHEDULES
    ]

    assert planned == [
        ("Nightly", "0 2 * * *", "Carrier delays by day", True),
        ("Weekly ranking", "30 6 * * MON", "Longest delays", False),
    ]


def test_the_connections_are_local_and_hold_no_secret():
    described = [(entry.key, entry.name, entry.kind, entry.settings) for entry in CONNECTIONS]

    assert described == [
        ("files", "flight-files", "local_folder", {"path": "flight-files"}),
        ("warehouse", "warehouse", "duckdb", {"database": "warehouse.duckdb"}),
    ]


@each_package
def test_names_ids_and_places_are_unique_within_a_package(package: PackageDefinition):
    found = bodies(package)
    places = [(body["position"]["x"], body["position"]["y"]) for body in found]
    ids = [body["id"] for body in found] + [edge["id"] for edge in package.flow["edges"]]

    assert len({body["name"] for body in found}) == len(found)
    assert len(set(ids)) == len(ids)
    assert len(set(places)) == len(places)
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", value) for value in ids)


@each_package
def test_edges_run_from_left_to_right_between_known_components(package: PackageDefinition):
    column = {body["id"]: body["position"]["x"] for body in bodies(package)}

    assert all(column[edge["source"]] < column[edge["target"]] for edge in package.flow["edges"])


@each_package
def test_a_join_has_one_left_and_one_right_side(package: PackageDefinition):
    joins = [body["join_component"]["id"] for body in package.flow["components"]
             if "join_component" in body]  # fmt: skip

    ports = {
        join: sorted(
            edge["target_port"] for edge in package.flow["edges"] if edge["target"] == join
        )
        for join in joins
    }

    assert ports == {join: ["left", "right"] for join in joins}


@each_package
def test_files_use_the_folder_and_tables_the_warehouse(package: PackageDefinition):
    used = {
        (key, body["connection_id"])
        for wrapped in package.flow["components"]
        for key, body in wrapped.items()
        if "connection_id" in body
    }

    assert used <= {
        ("cloud_storage_source_component", 11),
        ("cloud_storage_destination_component", 11),
        ("database_destination_component", 22),
    }


def test_only_the_archive_import_reads_a_file_that_is_not_there():
    paths = {
        (package.key, re.sub(r"\$month", package.variables.get("month", "").strip("'"), path))
        for package in PACKAGES
        for body in bodies(package)
        if (path := body.get("path"))
    }

    missing = {(key, path) for key, path in paths if path not in DATA_FILES}

    assert missing == {("plane_utilisation", "planes-2012.csv.gz")}


@each_package
def test_the_engine_finds_nothing_to_say_about_a_package(package: PackageDefinition):
    found = check_flow(parse_flow(package.flow), Variables(package.variables))

    assert found == []

"""Edits of one package at the same time: each is kept, none overwrites another."""

import json
import threading

import pytest
from django.db import connection
from django.test import Client

from packages_app.models import Package
from tests.conftest import sample_flow


@pytest.fixture
def package(transactional_db, make_package, make_connection):
    return make_package(flow=sample_flow(make_connection().pk))


@pytest.fixture
def call_at_once(token):
    """Call a tool with each of these arguments, all in the same moment, and get the results."""

    def call_all(name, calls):
        ready = threading.Barrier(len(calls))
        results = [None] * len(calls)

        def call(number, arguments):
            params = {"name": name, "arguments": arguments}
            message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
            ready.wait(10)
            try:
                results[number] = Client().post(
                    "/acme/api/mcp",
                    json.dumps(message),
                    content_type="application/json",
                    headers={"Authorization": f"Bearer {token}"},
                )
            finally:
                connection.close()

        threads = [
            threading.Thread(target=call, args=(number, arguments))
            for number, arguments in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        return [result.json()["result"] for result in results]

    return call_all


@pytest.mark.promise("manage_package_variables.locked")
def test_variables_that_are_set_at_once_are_all_there(call_at_once, package):
    names = [f"v{number}" for number in range(6)]

    results = call_at_once(
        "manage_package_variables",
        [{"package_id": package.pk, "set": {name: name}} for name in names],
    )

    package = Package.objects.get(pk=package.pk)
    assert [result["isError"] for result in results] == [False] * 6
    assert package.variables == {"min_delay": "60", **{name: name for name in names}}
    assert _versions(package) == list(range(1, 8))


@pytest.mark.promise("remove_package_components.locked")
def test_components_that_are_removed_at_once_are_all_gone(call_at_once, package):
    names = ["late", "airlines", "with_airline", "late_flights"]

    results = call_at_once(
        "remove_package_components",
        [{"package_id": package.pk, "component_names": [name]} for name in names],
    )

    package = Package.objects.get(pk=package.pk)
    assert [result["isError"] for result in results] == [False] * 4
    bodies = [body for wrapper in package.data_flow_json["components"] for body in wrapper.values()]
    assert [body["name"] for body in bodies] == ["flights"]
    assert package.data_flow_json["edges"] == []
    assert _versions(package) == list(range(1, 6))


def _versions(package):
    return sorted(package.history.values_list("version", flat=True))

"""The calls that the product document makes by hand, byte for byte."""

import json
import sqlite3
from pathlib import Path

import pytest
from django.conf import settings

from packages_app.models import Package
from runs.models import Run, RunLog

LIST_PACKAGES = """{
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {
      "name": "list_packages",
      "arguments": { "status": "active", "limit": 10 }
    }
  }"""
EXPLAIN_JOB_FAILURE = """{
    "jsonrpc": "2.0",
    "id": 2,
    "method": "tools/call",
    "params": {
      "name": "explain_job_failure",
      "arguments": { "run_id": 123456, "log_tail_lines": 100 }
    }
  }"""
PREVIEW_DATA = """{
    "jsonrpc": "2.0",
    "id": 3,
    "method": "tools/call",
    "params": {
      "name": "preview_data",
      "arguments": {
        "connection_id": 42,
        "table": "orders",
        "row_count": 20,
        "where_clause": "amount > 1000"
      }
    }
  }"""


@pytest.fixture
def answer_to(client, account, token):
    """The data that a body, sent with the documented headers, is answered with."""

    def post(body):
        response = client.post(
            "/acme/api/mcp",
            body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
        message = response.json()
        assert (message["jsonrpc"], message["id"]) == ("2.0", json.loads(body)["id"])
        assert message["result"]["isError"] is False, message
        return message["result"]["structuredContent"]

    return post


@pytest.mark.promise("examples.posted_by_hand")
def test_the_active_packages_are_listed_ten_at_a_time(answer_to, make_package):
    active = [make_package(name=f"p{n}").pk for n in range(12)]
    gone = make_package(name="gone")
    Package.objects.filter(pk=gone.pk).update(status=Package.Status.ARCHIVED)

    data = answer_to(LIST_PACKAGES)

    assert [package["id"] for package in data["packages"]] == sorted(active, reverse=True)[:10]


@pytest.mark.promise("examples.posted_by_hand")
def test_a_failed_run_is_explained_from_its_last_hundred_lines(answer_to, make_package, make_run):
    submitted = make_run(make_package(), status=Run.Status.FAILED, error="disk is full")
    Run.objects.filter(pk=submitted.pk).update(id=123456)
    run = Run.objects.get(pk=123456)
    RunLog.objects.bulk_create(
        RunLog(run=run, number=n, at=run.created_at, level="INFO", message=f"line {n}")
        for n in range(1, 151)
    )

    data = answer_to(EXPLAIN_JOB_FAILURE)

    assert (data["run_id"], data["primary_error"]) == (123456, "disk is full")
    assert len(data["log_tail"]) == 100
    assert data["log_tail"][0].endswith("line 51")


@pytest.mark.promise("examples.posted_by_hand")
def test_twenty_orders_over_a_thousand_are_previewed(answer_to, make_connection):
    root = Path(str(settings.LOCAL_DATA_ROOT))
    root.mkdir(parents=True, exist_ok=True)
    (root / "documented.db").unlink(missing_ok=True)
    database = sqlite3.connect(root / "documented.db")
    database.execute("CREATE TABLE orders (id integer, amount real)")
    database.executemany("INSERT INTO orders VALUES (?, ?)", [(n, n * 50.0) for n in range(1, 61)])
    database.commit()
    database.close()
    make_connection(
        "shop", "sqlite", category="database", settings={"database": "documented.db"}, pk=42
    )

    data = answer_to(PREVIEW_DATA)

    assert [column["name"] for column in data["columns"]] == ["id", "amount"]
    assert len(data["rows"]) == data["row_count"] == 20
    assert all(row["amount"] > 1000 for row in data["rows"])

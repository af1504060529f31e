"""The official Python SDK as a client of an installation, and the rows it left behind."""

import json
import math

import duckdb
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


def client(installation):
    http = httpx2.AsyncClient(headers={"Authorization": f"Bearer {installation.token}"}, timeout=30)
    return Client(streamable_http_client(f"{installation.url}/acme/api/mcp", http_client=http))


async def call(installation, tool, **arguments):
    async with client(installation) as session:
        return data(await session.call_tool(tool, arguments))


def data(result):
    """The structured answer, which must be the same as its text."""
    assert not result.is_error, result.content
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content


def table(installation, name, order):
    path = installation.data / "local" / "warehouse.duckdb"
    with duckdb.connect(str(path), read_only=True) as warehouse:
        rows = warehouse.sql(f"SELECT * FROM {name} ORDER BY {order}")  # noqa: S608
        return rows.to_arrow_table().to_pylist()


def assert_same(rows, wanted):
    """Equal row by row; doubles to twelve digits, because sums depend on their order."""
    assert len(rows) == len(wanted)
    for row, want in zip(rows, wanted, strict=True):
        assert row.keys() == want.keys()
        for name, value in want.items():
            if isinstance(value, float):
                assert math.isclose(row[name], value, rel_tol=1e-12), (name, row, want)
            else:
                assert row[name] == value, (name, row, want)

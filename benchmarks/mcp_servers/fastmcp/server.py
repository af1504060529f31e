"""FastMCP with the same tools, doing the same two queries. Runs in an environment of its own.

Served by uvicorn as `server:app`; reads the TASK file that benchmarks.mcp writes.
"""

import base64
import hashlib
import json
import os
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal

from fastmcp import FastMCP
from fastmcp.server.auth import AccessToken, TokenVerifier
from fastmcp.server.dependencies import get_access_token
from fastmcp.tools import FunctionTool
from mcp_types import ToolAnnotations
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool
from pydantic import Field

TASK = json.loads(Path(os.environ["TASK"]).read_text())
pool = AsyncConnectionPool(
    TASK["database_url"],
    min_size=1,
    max_size=10,
    open=False,
    kwargs={"autocommit": True, "prepare_threshold": 2},
)


class Verifier(TokenVerifier):
    async def verify_token(self, token: str) -> AccessToken | None:
        now = datetime.now(UTC)
        checksum = hashlib.sha256(token.encode()).hexdigest()
        values = [now - timedelta(minutes=1), TASK["subdomain"], checksum, now]
        async with pool.connection() as connection:
            row = await (await connection.execute(TASK["way_in"], values)).fetchone()
        if row is None:
            return None
        return AccessToken(
            token=token, client_id=str(row[5]), scopes=row[2].split(), claims={"account": row[10]}
        )


async def list_packages(
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
    cursor: str | None = None,
    flow_type: Literal["dataflow", "workflow"] | None = None,
    status: Literal["active", "archived"] | None = None,
    workspace_id: int | None = None,
) -> dict:
    account = get_access_token().claims["account"]
    async with pool.connection() as connection:
        found = await connection.cursor(row_factory=dict_row).execute(TASK["rows"], [account])
        rows = await found.fetchall()
    packages = rows[:limit]
    for package in packages:
        package["updated_at"] = package["updated_at"].strftime("%Y-%m-%dT%H:%M:%SZ")
    follows = len(rows) > limit
    key = base64.urlsafe_b64encode(f"k{packages[-1]['id']}".encode()) if follows else None
    return {"packages": packages, "next_cursor": key and key.decode().rstrip("=")}


async def listed_only() -> dict:
    raise NotImplementedError


def tool(published: dict) -> FunctionTool:
    return FunctionTool(
        fn=list_packages if published["name"] == "list_packages" else listed_only,
        name=published["name"],
        title=published["title"],
        description=published["description"],
        parameters=published["inputSchema"],
        output_schema=published["outputSchema"],
        annotations=ToolAnnotations.model_validate(published["annotations"]),
    )


@asynccontextmanager
async def lifespan(server: FastMCP):
    async with pool:
        yield


mcp = FastMCP("bench", auth=Verifier(), lifespan=lifespan)
for entry in TASK["tools"]:
    mcp.add_tool(tool(entry))
app = mcp.http_app(path=TASK["path"], stateless_http=True, json_response=True)

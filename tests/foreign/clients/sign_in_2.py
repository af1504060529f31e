"""The official Python SDK 2.x, which signs in: arguments are endpoint, era and its name."""

import asyncio
import sys

import httpx2
from conversation import (
    Memory,
    callback_address,
    converse,
    next_arrival,
    open_address,
    sign_in_actions,
)
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


async def arrival():
    arrived = await next_arrival()
    return AuthorizationCodeResult(
        code=arrived["code"], state=arrived.get("state"), iss=arrived.get("iss")
    )


async def main(url, mode, name):
    memory = Memory()
    metadata = OAuthClientMetadata(client_name=name, redirect_uris=[callback_address()])
    provider = OAuthClientProvider(url, metadata, memory, open_address, arrival)
    async with (
        httpx2.AsyncClient(auth=provider, timeout=60) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):

        async def tools():
            return {"tools": [tool.name for tool in (await client.list_tools()).tools]}

        async def call():
            result = await client.call_tool("list_workspaces", {})
            return {"is_error": result.is_error, "data": result.structured_content}

        async def write():
            arguments = {"package_id": 1, "name": "Renamed"}
            result = await client.call_tool("rename_package", arguments)
            return {"is_error": result.is_error, "data": result.structured_content}

        actions = sign_in_actions(provider, memory)
        await converse({"tools": tools, "call": call, "write": write, **actions})


asyncio.run(main(*sys.argv[1:]))

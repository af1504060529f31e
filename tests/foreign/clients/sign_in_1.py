"""The official Python SDK 1.x, which signs in: arguments are endpoint, era and its name."""

import asyncio
import sys

from conversation import (
    Memory,
    callback_address,
    converse,
    next_arrival,
    open_address,
    sign_in_actions,
)
from mcp import ClientSession
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamablehttp_client
from mcp.shared.auth import OAuthClientMetadata


async def arrival():
    arrived = await next_arrival()
    return arrived["code"], arrived.get("state")


async def main(url, _era, name):
    memory = Memory()
    metadata = OAuthClientMetadata(client_name=name, redirect_uris=[callback_address()])
    provider = OAuthClientProvider(url, metadata, memory, open_address, arrival)
    async with (
        streamablehttp_client(url, auth=provider) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        await session.initialize()

        async def tools():
            return {"tools": [tool.name for tool in (await session.list_tools()).tools]}

        async def call():
            result = await session.call_tool("list_workspaces", {})
            return {"is_error": result.isError, "data": result.structuredContent}

        await converse({"tools": tools, "call": call, **sign_in_actions(provider, memory)})


asyncio.run(main(*sys.argv[1:]))

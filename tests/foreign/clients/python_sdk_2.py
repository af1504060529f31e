"""The official Python SDK 2.x."""

import httpx2
from exchange import headers, main, note_http_error
from mcp import Client, MCPError
from mcp.client.streamable_http import streamable_http_client


async def visit(request, token):
    hooks = {"response": [note_http_error]}
    async with httpx2.AsyncClient(headers=headers(token), timeout=30, event_hooks=hooks) as http:
        transport = streamable_http_client(request["url"], http_client=http)
        async with Client(transport, mode=request["mode"]) as client:
            listed = await client.list_tools()
            answers = [await call(client, tool, arguments) for tool, arguments in request["calls"]]
            return {
                "version": str(client.protocol_version),
                "tools": [tool.name for tool in listed.tools],
                "answers": answers,
            }


async def call(client, tool, arguments):
    try:
        result = await client.call_tool(tool, arguments)
    except MCPError as error:
        return {"code": error.code, "message": error.message}
    text = "".join(block.text for block in result.content)
    return {"is_error": result.is_error, "text": text, "data": result.structured_content}


main(visit)

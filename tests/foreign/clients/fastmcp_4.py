"""The client of FastMCP 4."""

import httpx2
from exchange import headers, main, note_http_error
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport
from mcp import MCPError


def http_client(**options):
    return httpx2.AsyncClient(**options, event_hooks={"response": [note_http_error]})


async def visit(request, token):
    transport = StreamableHttpTransport(
        request["url"], headers=headers(token), httpx_client_factory=http_client
    )
    async with Client(transport, mode=request["mode"]) as client:
        tools = await client.list_tools()
        answers = [await call(client, tool, arguments) for tool, arguments in request["calls"]]
        return {
            "version": str(client.protocol_version),
            "tools": [tool.name for tool in tools],
            "answers": answers,
        }


async def call(client, tool, arguments):
    try:
        result = await client.call_tool(tool, arguments, raise_on_error=False)
    except MCPError as error:
        return {"code": error.code, "message": error.message}
    text = "".join(block.text for block in result.content)
    return {"is_error": result.is_error, "text": text, "data": result.structured_content}


main(visit)

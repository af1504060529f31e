"""The official Python SDK 1.x."""

from exchange import headers, main
from mcp import ClientSession, McpError
from mcp.client.streamable_http import streamablehttp_client


async def visit(request, token):
    async with (
        streamablehttp_client(request["url"], headers=headers(token)) as (read, write, _),
        ClientSession(read, write) as session,
    ):
        opened = await session.initialize()
        listed = await session.list_tools()
        answers = [await call(session, tool, arguments) for tool, arguments in request["calls"]]
        return {
            "version": str(opened.protocolVersion),
            "tools": [tool.name for tool in listed.tools],
            "answers": answers,
        }


async def call(session, tool, arguments):
    try:
        result = await session.call_tool(tool, arguments)
    except McpError as error:
        return {"code": error.error.code, "message": error.error.message}
    text = "".join(block.text for block in result.content)
    return {"is_error": result.isError, "text": text, "data": result.structuredContent}


main(visit)

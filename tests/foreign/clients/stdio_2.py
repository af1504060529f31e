"""The official Python SDK 2.x, as the host of a server that speaks over stdio."""

from exchange import main
from mcp import Client, MCPError, StdioServerParameters


async def visit(request, token):
    config = request["config"]
    server = StdioServerParameters(
        command=config["command"],
        args=config["args"],
        env={**config["env"], "MCP_TOKEN": token},
    )
    async with Client(server, mode=request["mode"]) as client:
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

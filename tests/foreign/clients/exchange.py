"""What a client script reads and prints; standard library only, for every environment.

It reads {"url", "mode", "tokens", "calls": [[tool, arguments], ...]} and prints one report a token:
{"version", "tools", "answers"}, or {"refused"} when it could not connect. An answer is {"is_error",
"text", "data"}, or {"code", "message"} of a protocol error. An empty token is not sent.
"""

import asyncio
import json
import sys

HTTP_ERRORS = []


def headers(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


def causes(error, seen=()):
    """Every message in an exception, whose telling part may be deep in groups and causes."""
    if error is None or error in seen:
        return []
    parts = [*getattr(error, "exceptions", ()), error.__cause__, error.__context__]
    deeper = [text for part in parts for text in causes(part, (*seen, error))]
    return list(dict.fromkeys([f"{type(error).__name__}: {error}", *deeper]))


async def note_http_error(response):
    """An event hook of httpx2; the clients of SDK 2 say of an HTTP error only that it was one."""
    if response.status_code >= 400:
        await response.aread()
        HTTP_ERRORS.append(f"HTTP {response.status_code} {response.text}")


def main(visit):
    """Call `visit(request, token)` for each token and print what it returns or raises."""
    request = json.load(sys.stdin)

    async def report(token):
        HTTP_ERRORS.clear()
        try:
            async with asyncio.timeout(30):
                return await visit(request, token)
        except Exception as error:  # noqa: BLE001  the report is about any failure
            return {"refused": " / ".join([*causes(error), *HTTP_ERRORS])}

    async def all_reports():
        return [await report(token) for token in request["tokens"]]

    print(json.dumps(asyncio.run(all_reports())))  # noqa: T201

"""Malformed and hostile requests to the endpoint; the same seed makes the same ones."""

import gzip
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

METHODS = (
    "initialize",
    "ping",
    "server/discover",
    "tools/list",
    "tools/call",
    "prompts/list",
    "prompts/get",
    "resources/list",
    "resources/read",
    "resources/templates/list",
    "completion/complete",
    "tasks/get",
    "tasks/cancel",
    "logging/setLevel",
    "notifications/initialized",
    "no/such",
)
TEXTS = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\ufeff",
    "\u202eevil",
    "'; DROP TABLE runs_run; --",
    "../../etc/passwd",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "untrusted_end",
    "é" * 300,
    "x" * 100_000,
    "-1",
    "1e999",
    "null",
)
NUMBERS = (0, -1, 1, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**400, 0.5, -0.0, 1e308)


@dataclass(frozen=True)
class Request:
    """One POST; `is_message` says that the body is one well-formed JSON-RPC message."""

    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    is_message: bool = False


Make = Callable[[random.Random, dict[str, Any]], Request]


def requests(seed: int, count: int, tools: dict[str, Any]) -> Iterator[Request]:
    """`tools` are the published ones by name; their schemas tell what to get wrong."""
    random_numbers = random.Random(seed)
    for _ in range(count):
        yield random_numbers.choice(KINDS)(random_numbers, tools)


def _value(source: random.Random, depth: int = 0) -> Any:
    kind = source.randrange(7 if depth < 4 else 5)
    if kind == 0:
        return source.choice([None, True, False])
    if kind in (1, 2):
        return source.choice(NUMBERS)
    if kind in (3, 4):
        return source.choice(TEXTS)
    if kind == 5:
        return [_value(source, depth + 1) for _ in range(source.randrange(4))]
    names = [source.choice([*TEXTS[:6], "name", "id", "__proto__"]) for _ in range(3)]
    return {name: _value(source, depth + 1) for name in names}


def _encoded(message: Any) -> bytes:
    return json.dumps(message).encode()


def _garbage(source: random.Random, tools: dict[str, Any]) -> Request:
    return Request(source.randbytes(source.randrange(200)))


def _cut(source: random.Random, tools: dict[str, Any]) -> Request:
    body = _encoded({"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}})
    return Request(body[: source.randrange(len(body))])


def _flipped(source: random.Random, tools: dict[str, Any]) -> Request:
    body = bytearray(_call(source, tools).body[:4_000])
    for _ in range(source.randrange(1, 4)):
        body[source.randrange(len(body))] = source.randrange(256)
    return Request(bytes(body))


def _not_a_message(source: random.Random, tools: dict[str, Any]) -> Request:
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    return Request(
        _encoded(
            source.choice(
                [
                    _value(source),
                    [ping, ping],
                    [],
                    {**ping, "id": _value(source)},
                    {**ping, "jsonrpc": _value(source)},
                    {**ping, "method": _value(source)},
                    {**ping, "params": _value(source)},
                    {"id": 1, "result": {}},
                ]
            )
        )
    )


def _odd_json(source: random.Random, tools: dict[str, Any]) -> Request:
    ping = b'{"jsonrpc":"2.0","id":1,"method":"ping"'
    deep = source.choice([70, 500, 10_000])
    return Request(
        source.choice(
            [
                ping + b',"id":2}',
                ping + b',"params":{"x":NaN}}',
                ping + b',"params":{"x":1e400}}',
                ping + b',"params":{"x":' + b"9" * 5_000 + b"}}",
                ping + b',"params":{"x":"\\ud800"}}',
                ping + b',"params":' + b'{"a":' * deep + b"1" + b"}" * deep + b"}",
                b"[" * deep + b"]" * deep,
                b"\xef\xbb\xbf" + ping + b"}",
                (ping + b"}").decode().encode("utf-16"),
                ping + b"}}",
                ping + b"} trailing",
            ]
        )
    )


def _packed(source: random.Random, tools: dict[str, Any]) -> Request:
    return Request(gzip.compress(b" " * 1_000_000), {"Content-Encoding": "gzip"})


def _heavy(source: random.Random, tools: dict[str, Any]) -> Request:
    """Large, but rarely; the limit is 4 MiB."""
    if source.random() > 0.03:
        return _cut(source, tools)
    size = source.choice([1_000_000, 4 * 1024 * 1024 - 100, 4 * 1024 * 1024 + 1])
    return Request(b'{"jsonrpc":"2.0","id":1,"method":"ping","params":{"x":"' + b"y" * size)


def _media_type(source: random.Random, tools: dict[str, Any]) -> Request:
    kinds = ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a/b;c"]
    return Request(_call(source, tools).body, {"Content-Type": source.choice(kinds)})


def _method(source: random.Random, tools: dict[str, Any]) -> Request:
    params = source.choice(
        [{}, {"name": _value(source)}, {"uri": _value(source)}, {"cursor": _value(source)}]
    )
    params |= {"_meta": _value(source)} if source.random() < 0.3 else {}
    message = {"jsonrpc": "2.0", "id": 1, "method": source.choice(METHODS), "params": params}
    return Request(_encoded(message), is_message=True)


def _modern(source: random.Random, tools: dict[str, Any]) -> Request:
    """The stateless era, with something in its envelope or headers wrong."""
    method = source.choice(METHODS)
    meta = {
        "io.modelcontextprotocol/protocolVersion": source.choice(["2026-07-28", _value(source)]),
        "io.modelcontextprotocol/clientCapabilities": source.choice([{}, _value(source)]),
        "io.modelcontextprotocol/clientInfo": _value(source),
        "progressToken": _value(source),
    }
    params = {"_meta": meta, "name": source.choice([*tools, "x"]), "taskId": _value(source)}
    headers = {
        "MCP-Protocol-Version": source.choice(["2026-07-28", "2025-11-25", "", "x"]),
        "Mcp-Method": source.choice([method, "x"]),
        "Mcp-Name": source.choice([str(params["name"]), "=?base64?!?=", "=?base64?AA=?="]),
    }
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
    return Request(_encoded(message), headers, is_message=True)


def _call(source: random.Random, tools: dict[str, Any]) -> Request:
    """A tool with each argument, known or not, right or wrong; never one that starts work."""
    name = source.choice(sorted(tools))
    known = tools[name]["inputSchema"]["properties"]
    arguments = {key: _value(source) for key in known if source.random() < 0.6}
    if "dry_run" in known:
        arguments["dry_run"] = True
    if source.random() < 0.2:
        arguments[source.choice(["x", "Dry_Run", "__proto__"])] = _value(source)
    params = {"name": name, "arguments": source.choice([arguments, arguments, _value(source)])}
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    return Request(_encoded(message), is_message=True)


KINDS: tuple[Make, ...] = (
    _garbage,
    _cut,
    _flipped,
    _not_a_message,
    _odd_json,
    _packed,
    _heavy,
    _media_type,
    _method,
    _modern,
    _call,
    _call,
    _call,
)

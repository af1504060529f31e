"""A client script that signs in: what it is asked and says, one JSON line each; standard library.

It is asked {"do": "tools" | "call" | "expire" | "tokens"} and answers each with one line. Before
that line comes {"open": address} when a person must authorize it first; the browser is then sent to
the callback, which stands on a free port of this machine.
"""

import asyncio
import json
import queue
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

ARRIVED = queue.Queue()


class Callback(BaseHTTPRequestHandler):
    def do_GET(self):
        parts = urlsplit(self.path)
        if parts.path == "/callback":
            ARRIVED.put({name: values[0] for name, values in parse_qs(parts.query).items()})
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(b"You may close this page.")

    def log_message(self, *arguments):
        """Nothing: a test shows what failed."""


def callback_address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://localhost:{server.server_port}/callback"


def say(**facts):
    print(json.dumps(facts), flush=True)  # noqa: T201


async def open_address(address):
    say(open=address)


async def next_arrival():
    return await asyncio.to_thread(ARRIVED.get)


class Memory:
    """The storage that the SDKs want."""

    tokens = client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def converse(actions):
    """Do what each line asks; `actions` are coroutine functions that return the answer."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        asked = json.loads(line)
        say(**await actions[asked["do"]]())


def sign_in_actions(provider, memory):
    async def tokens():
        return {"access": memory.tokens.access_token, "refresh": memory.tokens.refresh_token}

    async def expire():
        """Two hours have passed on the clock of this client."""
        provider.context.token_expiry_time = 1.0
        return {"expired": True}

    return {"tokens": tokens, "expire": expire}

"""The product as it is served, and a second web server on its data with the suite's tools.

One of each for a whole test run; in front of each a proxy that adds the token.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.launch import commands
from config.launch.addresses import answers
from config.launch.layout import ROOT
from tests.foreign import proxy
from tests.main_job.installation import OWN_VARIABLES
from tests.services.daemons import HOST, free_port, private_folder, shared_server, wait_until
from tests.services.keeper import start_keeper

START_SECONDS = 120
SUITE_WSGI = "tests.foreign.suite_server.wsgi:application"
DEMO_PASSWORD = "a demo password"


@dataclass(frozen=True)
class Served:
    """Addresses of one endpoint: as it is, and through the proxy that adds the token."""

    url: str
    url_with_token: str
    token: str
    data_dir: str


@contextmanager
def product(run_folder: Path) -> Iterator[Served]:
    """`run.py` with its demo account, in an empty data folder."""
    with shared_server(run_folder, "foreign-product", _start_product) as facts:
        yield Served(**facts)


@contextmanager
def suite_server(run_folder: Path, product: Served) -> Iterator[Served]:
    """The product's web server with the suite's tools, on the data of the product."""

    def start(users: Path) -> dict[str, Any]:
        return _start_web(users, product, wsgi=SUITE_WSGI)

    with shared_server(run_folder, "foreign-suite-server", start) as facts:
        yield Served(**facts)


@contextmanager
def limited_server(run_folder: Path, product: Served) -> Iterator[Served]:
    """The product's web server on its data, where a token may call once a minute."""

    def start(users: Path) -> dict[str, Any]:
        return _start_web(users, product, MCP_RATE_LIMIT="1", MCP_RATE_BURST="1")

    with shared_server(run_folder, "foreign-limited-server", start) as facts:
        yield Served(**facts)


@contextmanager
def closed_server(run_folder: Path, product: Served) -> Iterator[Served]:
    """The product's web server on its data, as where there is no way out to the internet."""

    def start(users: Path) -> dict[str, Any]:
        return _start_web(users, product, CLIENT_METADATA_DOCUMENTS="false")

    with shared_server(run_folder, "foreign-closed-server", start) as facts:
        yield Served(**facts)


def manage(product: Served, *arguments: str) -> str:
    """Call manage.py on the data of the product; what it prints."""
    done = subprocess.run(
        [sys.executable, "run.py", "manage", *arguments],
        cwd=ROOT,
        env=_environment(0, 0, DATA_DIR=product.data_dir),
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _start_product(users: Path) -> dict[str, Any]:
    folder = private_folder("product")
    port, proxy_port = free_port(), free_port()
    environment = _environment(
        port, proxy_port, DATA_DIR=str(folder / "var"), DEMO_PASSWORD=DEMO_PASSWORD
    )
    command = [sys.executable, "run.py", "--port", str(port)]
    log = _start(users, folder, command, environment)
    token = _token(log)
    _start_proxy(users, proxy_port, port, token)
    return _facts(port, proxy_port, token, environment["DATA_DIR"])


def _start_web(
    users: Path, product: Served, *, wsgi: str | None = None, **values: str
) -> dict[str, Any]:
    port, proxy_port = free_port(), free_port()
    environment = _environment(port, proxy_port, DATA_DIR=product.data_dir, **values)
    environment["LOCAL_DATA_ROOT"] = str(Path(product.data_dir) / "local")
    command = commands.web(HOST, port)
    command = [*command[:-1], wsgi or command[-1]]
    log = _start(users, private_folder("web-server"), command, environment)
    deadline = time.monotonic() + START_SECONDS
    while not answers(HOST, port, environment["PUBLIC_URL"]):
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    _start_proxy(users, proxy_port, port, product.token)
    return _facts(port, proxy_port, product.token, product.data_dir)


def _environment(port: int, proxy_port: int, **values: str) -> dict[str, str]:
    """This machine's own without what the tests set for themselves.

    The proxy's origin is allowed as a second one, and the suite may call as fast as it can.
    """
    kept = {name: text for name, text in os.environ.items() if name not in OWN_VARIABLES}
    return {
        **kept,
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "MCP_ALLOWED_ORIGINS": f"http://{HOST}:{proxy_port}",
        "MCP_RATE_LIMIT": "100000",
        "MCP_RATE_BURST": "100000",
        **values,
    }


def _start(users: Path, folder: Path, command: list[str], environment: dict[str, str]) -> Path:
    """Start it with a keeper of its own; returns the file that it prints to."""
    log, pidfile = folder / "log", folder / "pid"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    pidfile.write_text(str(process.pid))
    start_keeper(users, folder, pidfile, signal.SIGTERM)
    return log


def _start_proxy(users: Path, port: int, target_port: int, token: str) -> None:
    command = [sys.executable, str(Path(proxy.__file__)), str(port), str(target_port)]
    environment = {**os.environ, proxy.TOKEN_VARIABLE: token}
    _start(users, private_folder("proxy"), command, environment)
    wait_until(lambda: proxy.reach(port), (OSError,))


def _token(log: Path) -> str:
    """The token that the first greeting shows once; the greeting comes when all is served."""
    deadline = time.monotonic() + START_SECONDS
    while (found := re.search(r"Bearer (iop_\w+)", log.read_text())) is None:
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    return found[1]


def _facts(port: int, proxy_port: int, token: str, data_dir: str) -> dict[str, Any]:
    return {
        "url": f"http://{HOST}:{port}/acme/api/mcp",
        "url_with_token": f"http://{HOST}:{proxy_port}/acme/api/mcp",
        "token": token,
        "data_dir": data_dir,
    }

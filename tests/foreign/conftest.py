"""Servers and results that the tests of foreign programs share."""

import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.dashboard.browsing import browser
from tests.foreign import extension, served
from tests.foreign.signing_in import Person
from tests.services.daemons import held

__all__ = ["browser"]


@pytest.fixture(scope="session")
def product(run_folder: Path) -> Iterator[served.Served]:
    """The product, served by run.py with its demo account."""
    with served.product(run_folder) as running:
        yield running


@pytest.fixture(scope="session")
def suite_server(run_folder: Path, product: served.Served) -> Iterator[served.Served]:
    """The product's web server with the tools of the conformance suite in place of its own."""
    with served.suite_server(run_folder, product) as running:
        yield running


@pytest.fixture(scope="session")
def limited_server(run_folder: Path, product: served.Served) -> Iterator[served.Served]:
    """The product's web server, where a token may call once a minute."""
    with served.limited_server(run_folder, product) as running:
        yield running


@pytest.fixture(scope="session")
def closed_server(run_folder: Path, product: served.Served) -> Iterator[served.Served]:
    """The product's web server, which reads no documents of clients."""
    with served.closed_server(run_folder, product) as running:
        yield running


@pytest.fixture
def person(browser: Browser, product: served.Served) -> Iterator[Person]:
    """The owner of the demo account, in a browser that knows nobody yet."""
    context = browser.new_context()
    yield Person(context.new_page(), product)
    context.close()


@pytest.fixture(scope="session")
def once(run_folder: Path) -> Callable[[str, Callable[[], Any]], Any]:
    """Make something for the whole test run: by the first process that asks, for all of them."""

    def once(name: str, make: Callable[[], Any]) -> Any:
        with held(run_folder / f"{name}.lock", fcntl.LOCK_EX):
            result = run_folder / f"{name}.json"
            if not result.exists():
                result.write_text(json.dumps(make()))
            return json.loads(result.read_text())

    return once


@pytest.fixture(scope="session")
def unpacked(
    product: served.Served,
    once: Callable[[str, Callable[[], Any]], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """The folder of the extension, as downloaded and unpacked by the official tool."""

    def unpack() -> str:
        place = tmp_path_factory.mktemp("extension")
        name, content = extension.download(product)
        (place / name).write_bytes(content)
        folder = place / "unpacked"
        done = extension.official_tool("unpack", str(place / name), str(folder), home=place)
        assert done.returncode == 0, done.stdout + done.stderr
        return str(folder)

    return Path(once("extension", unpack))


@pytest.fixture(scope="session")
def config(
    product: served.Served, unpacked: Path, tmp_path_factory: pytest.TempPathFactory
) -> extension.Config:
    """How a host starts the extension for the demo account and its token."""
    values = {"account": "acme", "api_token": product.token}
    started = extension.started_with(unpacked, values, tmp_path_factory.mktemp("home"))
    assert started is not None
    return started

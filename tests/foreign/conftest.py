"""Servers and results that the tests of foreign programs share."""

import fcntl
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.foreign import served
from tests.services.daemons import held


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
def once(run_folder: Path) -> Callable[[str, Callable[[], Any]], Any]:
    """Make something for the whole test run: by the first process that asks, for all of them."""

    def once(name: str, make: Callable[[], Any]) -> Any:
        with held(run_folder / f"{name}.lock", fcntl.LOCK_EX):
            result = run_folder / f"{name}.json"
            if not result.exists():
                result.write_text(json.dumps(make()))
            return json.loads(result.read_text())

    return once

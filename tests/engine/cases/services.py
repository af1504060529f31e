"""A service of the case's own, and how what arrived there is told."""

import json
from collections.abc import Callable, Sequence
from socket import socket
from typing import Any

from tests.engine.cases.case import rows_of_out
from tests.engine.flows import Bench
from tests.rest.server import Answer, Asked, Behaviour, Service

Told = Callable[[Asked], tuple]


def started(bench: Bench) -> Service:
    """A service that ends with the test; the connection WEB leads to it."""
    bench.service = Service()
    bench.ends.callback(bench.service.close)
    return bench.service


def serving(behave: Behaviour) -> Callable[[Bench], None]:
    """Starts a service that behaves so."""

    def prepare(bench: Bench) -> None:
        started(bench).behave = behave

    return prepare


def in_turn(*answers: Answer) -> Callable[[Bench], None]:
    """Starts a service that gives one answer after the other, the last one for ever."""

    def prepare(bench: Bench) -> None:
        started(bench).in_turn(*answers)

    return prepare


def always(body: Any = None, status: int = 200) -> Callable[[Bench], None]:
    return in_turn(Answer(body, status))


def silent(bench: Bench) -> None:
    """Starts a service that says nothing before the test has ended."""
    service = started(bench)

    def say_nothing(connection: socket) -> None:
        service.released.wait(30)

    service.behave = lambda asked: say_nothing


def arrived(bench: Bench) -> Service:
    if bench.service is None:
        raise AssertionError("the case has started no service")
    return bench.service


def asking(told: Told) -> Callable[[Bench], list[tuple]]:
    """What arrived, one row for each request."""
    return lambda bench: [told(asked) for asked in arrived(bench).asked]


def rows_and_requests(told: Told) -> Callable[[Bench], list[tuple]]:
    return lambda bench: [*rows_of_out(bench), *asking(told)(bench)]


def in_order(document: Any) -> str:
    """A JSON document as one text, whatever the order of its members."""
    return json.dumps(document, sort_keys=True)


def json_told(asked: Asked) -> tuple:
    return (asked.method, asked.path, in_order(asked.json()))


def query_told(asked: Asked) -> tuple:
    return (asked.method, asked.path, in_order(asked.query))


def headers_told(*names: str) -> Told:
    return lambda asked: tuple(asked.headers.get(name) for name in names)


def paged(
    records: Sequence[Any], size: int, start_of: Callable[[dict[str, str]], int]
) -> Behaviour:
    """A service that gives pages of records; the query says where one starts."""

    def behave(asked: Asked) -> Answer:
        start = start_of(asked.query)
        following = start + size if start + size < len(records) else None
        links = {} if following is None else {"Link": f'</api/all?from={following}>; rel="next"'}
        body = {"data": records[start : start + size], "meta": {"after": following}}
        return Answer(body, headers=links)

    return behave

"""The work of single tasks: SQL, HTTP, waiting. What needs the platform is asked of the desk."""

from collections.abc import Callable
from contextlib import closing
from typing import Final

from common.errors import InvalidInput, UpstreamFailed
from connections.drivers import AnyDriver, DatabaseDriver, RestDriver
from connections.drivers.base import SqlAnswer
from connections.drivers.json_text import plain_text, write_json
from connections.drivers.web import WebRequest, WebResponse, shown
from engine.watching import Watcher
from engine.workflow.work import ExecuteSql, HttpCall, TaskEnd

MAX_RESULT_ROWS = 1_000
MAX_RESULT_CHARACTERS = 60_000
"""Longest value of a variable that a task makes."""

_MAX_ANSWER_BYTES = 10 * 1024 * 1024
_SHOWN_CHARACTERS = 200
_RETRYABLE: Final = frozenset({408, 425, 429, 500, 502, 503, 504})

OpenDriver = Callable[[int | None], AnyDriver]


def execute_sql(work: ExecuteSql, open_driver: OpenDriver, watcher: Watcher) -> TaskEnd:
    """Run the statement; raises ProductError when the database refuses it."""
    with closing(open_driver(work.connection_id)) as driver:
        if not isinstance(driver, DatabaseDriver):
            raise InvalidInput(f"{driver.connection_name} is not a database connection.")
        most_rows = MAX_RESULT_ROWS + 1 if work.result_type == "table_json" else 1
        with watcher.watching(driver):
            answer = driver.run_sql(work.statement, most_rows)
    if work.result_type == "none":
        return TaskEnd("completed")
    return TaskEnd("completed", {work.variable: _checked(_result(answer, work.result_type))})


def call_http(work: HttpCall, open_driver: OpenDriver, watcher: Watcher) -> TaskEnd:
    """Send the request; raises UpstreamFailed when no whole answer comes."""
    with closing(open_driver(work.connection_id)) as driver:
        if not isinstance(driver, RestDriver):
            raise InvalidInput(f"{driver.connection_name} is not a REST connection.")
        request = WebRequest(
            method=work.method,
            url=driver.url_of(work.url),
            headers=work.headers,
            body=work.body,
            timeout_seconds=work.timeout_seconds,
            max_bytes=_MAX_ANSWER_BYTES,
        )
        with watcher.watching(driver):
            response = driver.send(request)
    if response.status >= work.fail_on_status or 300 <= response.status < 400:
        return _refused(work, response)
    variables = {work.variable: _checked(response.text())} if work.variable else {}
    words = f"{work.method} {shown(response.url)} answered with status {response.status}."
    return TaskEnd("completed", variables, words)


def _refused(work: HttpCall, response: WebResponse) -> TaskEnd:
    said = " ".join(response.text()[: 4 * _SHOWN_CHARACTERS].split())[:_SHOWN_CHARACTERS]
    more = f": {said}" if said else "."
    return TaskEnd(
        "failed",
        message=f"{work.method} {shown(response.url)} answered with status {response.status}{more}",
        retryable=response.status in _RETRYABLE,
    )


def _result(answer: SqlAnswer, result_type: str) -> str:
    if not answer.names:
        raise InvalidInput(
            "The statement gives no rows, so there is nothing to assign. Set result_type to none."
        )
    if result_type == "single_value":
        return plain_text(answer.rows[0][0]) or "" if answer.rows else ""
    rows = [dict(zip(answer.names, row, strict=True)) for row in answer.rows]
    if result_type == "row":
        return write_json(rows[0]) if rows else ""
    if len(rows) > MAX_RESULT_ROWS:
        raise InvalidInput(
            f"The statement gives more than {MAX_RESULT_ROWS:,} rows. Ask for fewer; rows are"
            " carried by data flows."
        )
    return write_json(rows)


def _checked(value: str) -> str:
    if len(value) > MAX_RESULT_CHARACTERS:
        raise UpstreamFailed(
            f"The result has {len(value):,} characters; a variable takes at most"
            f" {MAX_RESULT_CHARACTERS:,}.",
            quotes_outside=False,
        )
    return value

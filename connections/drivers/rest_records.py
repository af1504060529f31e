"""Records of a service as Arrow batches of texts; the engine makes the declared types of them."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jsonpath
import pyarrow as pa

from common.errors import InvalidInput, UpstreamFailed
from connections.drivers.base import Note, ReadColumn
from connections.drivers.json_text import plain_text, write_json
from connections.drivers.rest import RestDriver
from connections.drivers.rest_read import Page, RestRead, pages

RAW_COLUMNS = ("status", "body", "headers")
MAX_BATCH_ROWS = 16_384

Getter = Callable[[Any], object]
Cell = Callable[[Any], str | None]


def rows(
    driver: RestDriver, read: RestRead, columns: Sequence[ReadColumn], note: Note
) -> pa.RecordBatchReader:
    """The columns asked for, all of them texts, one batch or more for each page.

    A column is a member of the record, a way into it (`a.b`), or a JSONPath beginning with `$`;
    what a record does not have is NULL. A raw answer is one row of RAW_COLUMNS.
    """
    asked = {column.name: column for column in columns}
    schema = pa.schema([(name, pa.string()) for name in asked])
    cells = [_cell(column) for column in asked.values()]

    def batches() -> Iterator[pa.RecordBatch]:
        for page in pages(driver, read, note):
            found = [_raw(page)] if read.response_type == "raw" else page.records
            for start in range(0, len(found), MAX_BATCH_ROWS):
                part = found[start : start + MAX_BATCH_ROWS]
                yield _batch(driver, part, cells, schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _batch(
    driver: RestDriver, records: Sequence[Any], cells: Sequence[Cell], schema: pa.Schema
) -> pa.RecordBatch:
    for record in records:
        if not isinstance(record, dict | list):
            raise UpstreamFailed(
                f"{driver.connection_name}: a record is {write_json(record)[:80]}, which"
                " is no object. Check base_record_jsonpath."
            )
    columns = [pa.array([cell(record) for record in records], pa.string()) for cell in cells]
    return pa.record_batch(columns, schema=schema)


def _raw(page: Page) -> dict[str, object]:
    response = page.response
    values = (response.status, response.text(), dict(response.headers))
    return dict(zip(RAW_COLUMNS, values, strict=True))


def _cell(column: ReadColumn) -> Cell:
    get = _getter(column.name)
    if column.type not in ("json", "json_array"):
        return lambda record: plain_text(get(record))

    def as_json(record: Any) -> str | None:
        value = get(record)
        return None if value is None else write_json(value)

    return as_json


def _getter(name: str) -> Getter:
    if name.startswith("$"):
        return _by_path(name)
    steps = name.split(".")

    def get(record: Any) -> object:
        if isinstance(record, dict) and name in record:
            value: object = record[name]
            return value
        value = record
        for step in steps:
            if not isinstance(value, dict):
                return None
            value = value.get(step)
        return value

    return get


def _by_path(path: str) -> Getter:
    compiled = compiled_path(path)

    def get(record: Any) -> object:
        try:
            found = compiled.findall(record)
        except (jsonpath.JSONPathError, RecursionError) as error:
            raise InvalidInput(f"The JSONPath {path[:80]} cannot be used: {error}") from None
        return found[0] if len(found) == 1 else (found or None)

    return get


def compiled_path(path: str) -> Any:
    """A JSONPath ready for use. Raises InvalidInput for what is none, and for regular expressions,
    which could take for ever."""
    try:
        compiled = jsonpath.compile(path)
    except (jsonpath.JSONPathError, RecursionError) as error:
        first = str(error).splitlines()[0][:200]
        raise InvalidInput(f"'{path[:80]}' is no JSONPath: {first}.") from None
    if any(word in str(compiled) or word in path for word in ("=~", "match(", "search(")):
        raise InvalidInput(f"'{path[:80]}' holds a regular expression, which is not allowed here.")
    return compiled

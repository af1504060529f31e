"""Rows sent to an HTTP service; the requests that arrive are what is compared."""

import csv
import email
import io
import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

from tests.engine.cases.case import Case, Fails, Refused, as_json, data
from tests.engine.cases.nasty import FIELDS, ID, NAME, NASTY, NO_ROWS, PRICE, ROWS
from tests.engine.cases.plain import is_nan
from tests.engine.cases.services import (
    Told,
    always,
    asking,
    headers_told,
    in_order,
    in_turn,
    json_told,
    silent,
)
from tests.engine.flows import FILES, WEB, Bench, component
from tests.rest.server import Answer, Asked

FEW = [(1, "a b&c=d/é", Decimal("1.50")), (2, None, None), (3, '"#{id}"', Decimal("-0.01"))]
FEW_SOURCE = data("in", {"id": "int", "name": "string", "price": "decimal(10,2)"}, FEW)


def number(value: Any) -> Any:
    """A value as JSON has it: NaN and infinity are null, decimals numbers."""
    if isinstance(value, Decimal):
        return float(value)
    is_number = not isinstance(value, float) or not (is_nan(value) or abs(value) == float("inf"))
    return as_json(value) if is_number else None


def as_object(row: Sequence[Any], names: Sequence[str] = tuple(FIELDS)) -> dict[str, Any]:
    return dict(zip(names, map(number, row), strict=True))


def few(row: tuple) -> dict[str, Any]:
    return as_object(row, ("id", "name", "price"))


def sends(**properties) -> dict:
    body = {"url": "things", "connection_id": WEB, **properties}
    return component("rest_api_destination", "out", **body)


def sent(name: str, source: dict, expected, told: Told = json_told, *, prepare=None, **properties):
    variables = properties.pop("variables", None)
    return Case(name, [source, sends(**properties)], expected, prepare=prepare or always({}),
                variables=variables, rows=asking(told))  # fmt: skip


def csv_told(asked: Asked) -> tuple:
    return tuple(map(tuple, csv.reader(io.StringIO(asked.body.decode()))))


def url_told(asked: Asked) -> tuple:
    fields = parse_qs(asked.body.decode(), keep_blank_values=True, strict_parsing=True)
    return (asked.headers["content-type"], in_order(fields))


def parts_told(asked: Asked) -> tuple:
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + asked.body).get_payload()
    return tuple(
        (part.get_param("name", header="content-disposition"), part.get_payload(decode=True))
        for part in parts
        if isinstance(part, email.message.Message)
    )


def bare_told(asked: Asked) -> tuple:
    return (asked.method, asked.path, in_order(asked.query), asked.body)


def text(value: Any) -> str:
    return "" if value is None else str(value)


def posted(body: Any, method: str = "POST", path: str = "/api/things") -> tuple:
    return (method, path, in_order(body))


def saved_answers(bench: Bench) -> list[tuple]:
    """Rows of the file of the first run; addresses without the service's own."""
    text = (bench.root / "files/logs/mon/responses-1.csv").read_text(encoding="utf-8")
    names, *rows = csv.reader(io.StringIO(text, newline=""))
    assert names == ["url", "code", "body"]
    return [(url.partition("/api/")[2], *others) for url, *others in rows]


MAPPED = {"fields": [
    {"input": "id", "name": "key", "type": "string", "key": True, "nullable": False},
    {"name": "name", "length": 60},
]}  # fmt: skip
PAYLOAD = {"n": "#{id}", "text": "<#{name}>", "deep": [{"p": "#{price}"}], "day": "$day"}
NO_SECOND = [Answer({}), Answer({"error": "it's bad"}, 422), Answer({})]
NOT_NOW = [Answer(None, 429, {"Retry-After": "0"}), Answer(None, 503, {"Retry-After": "0"})]

CASES = [
    sent("every row a request", NASTY, [posted(as_object(row)) for row in ROWS]),
    sent("no rows, no request", NO_ROWS, []),
    sent("rows in lists", NASTY,
         [posted({"rows": list(map(as_object, ROWS[start : start + 4]))}) for start in (0, 4, 8)],
         batch_size=4, nested_attribute="rows", body_format="json", method="POST"),
    *[sent(f"rows sent by {method}", FEW_SOURCE, [posted(few(row), method) for row in FEW],
           method=method) for method in ("PUT", "PATCH", "DELETE")],
    sent("rows asked for by GET, without a body", FEW_SOURCE,
         [("GET", f"/api/things/{row[0]}", in_order({"n": row[1]} if row[1] else {}), b"")
          for row in FEW],
         bare_told, method="GET", url="things/#{id}?n=#{name}"),
    sent("a NULL that may not be sent", NASTY,
         Fails("name is NULL, which it may not be", "out"),
         schema={"fields": [{"name": "name", "nullable": False}]}),
    sent("fields under other names", FEW_SOURCE,
         [posted({"key": str(row[0]), "name": row[1]}) for row in FEW], schema=MAPPED),
    sent("a payload of its own", FEW_SOURCE,
         [posted({"n": row[0], "text": f"<{text(row[1])}>", "deep": [{"p": number(row[2])}],
                  "day": 'it\'s "now"'}) for row in FEW],
         custom_payload=json.dumps(PAYLOAD), variables={"day": "'it''s \"now\"'"}),
    sent("fields and variables in headers", FEW_SOURCE,
         [(f"no {row[0]}", "mon") for row in FEW], headers_told("x-id", "x-day"),
         headers={"X-Id": "no #{id}", "X-Day": "$day"}, variables={"day": "'mon'"}),
    sent("a header that would begin another one",
         data("in", {"v": "string"}, [("1\r\nX-Other: 2",)]),
         Fails("The value of the header X-Name holds characters", "out"),
         headers={"X-Name": "#{v}"}),
    sent("rows as delimited text", NASTY,
         [(("id", "name", "price"), *((str(row[ID]), text(row[NAME]), text(row[PRICE]))
                                      for row in ROWS))],
         csv_told, body_format="csv", batch_size=100,
         schema={"fields": [{"name": name} for name in ("id", "name", "price")]}),
    sent("rows as forms in the way of URLs", FEW_SOURCE,
         [("application/x-www-form-urlencoded",
           in_order({"id": [str(row[0])], "name": [text(row[1])], "price": [text(row[2])]}))
          for row in FEW], url_told, body_format="url_encoded"),
    sent("rows as forms of parts", FEW_SOURCE,
         [(("id", str(row[0]).encode()), ("name", text(row[1]).encode()),
           ("price", text(row[2]).encode())) for row in FEW],
         parts_told, body_format="form_data"),
    sent("every digit of a decimal", data("in", {"n": "decimal(38,9)"}, [
        (Decimal("12345678901234567890.123456789"),)]),
        [(b'{"n": 12345678901234567890.123456789}',)], lambda asked: (asked.body,)),

    sent("a refusal that is passed over", FEW_SOURCE, [posted(few(row)) for row in FEW],
         prepare=in_turn(*NO_SECOND), stop_on_error=False, sleep_interval_ms=1, timeout_s=30),
    sent("a refusal", FEW_SOURCE, Fails("it's bad", "out"), prepare=in_turn(*NO_SECOND)),
    sent("a request that is sent again", FEW_SOURCE,
         [posted(few(row)) for row in (FEW[0], FEW[0], FEW[0], FEW[1], FEW[2])],
         prepare=in_turn(*NOT_NOW, Answer({})), max_retries=2),
    sent("a request that is not sent again", FEW_SOURCE, Fails("status 429", "out"),
         prepare=in_turn(*NOT_NOW, Answer({})), max_retries=0),
    sent("a failure after which a POST does no harm", FEW_SOURCE,
         [posted(few(row)) for row in (FEW[0], *FEW)], repeatable=True,
         prepare=in_turn(Answer(None, 500, {"Retry-After": "0"}), Answer({}))),
    sent("a failure after which a POST may do harm", FEW_SOURCE, Fails("status 500", "out"),
         prepare=in_turn(Answer(None, 500, {"Retry-After": "0"}), Answer({}))),
    sent("a request without an answer", FEW_SOURCE, Fails("no whole answer within 0.2 s", "out"),
         prepare=silent, timeout_s=0.2),
    Case("answers in a file", [FEW_SOURCE, sends(
        url="things/#{id}?n=#{name}", stop_on_error=False, save_responses=True,
        responses_connection_id=FILES, responses_path="logs/$day")],
        [("things/1", "200", "{}"), ("things/2", "422", '{"error": "it\'s bad"}'),
         ("things/3", "200", "{}")],
        prepare=in_turn(*NO_SECOND), variables={"day": "'mon'"}, in_order=True,
        rows=saved_answers),
    sent("answers in a bucket of a folder", FEW_SOURCE, Fails("bucket: a local_folder", "out"),
         save_responses=True, responses_connection_id=FILES, responses_bucket="b"),
    sent("answers without a place", FEW_SOURCE,
         Refused("missing_required_property", "responses_connection_id"), save_responses=True),
    sent("a field that is not sent", FEW_SOURCE, Refused("unknown_input_field", "url"),
         url="things/#{nosuch}"),
]  # fmt: skip

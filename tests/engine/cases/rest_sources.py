"""Records from an HTTP service."""

import json

from tests.engine.cases.case import Case, Fails, as_json
from tests.engine.cases.nasty import AT, DAY, ID, NAME, OK, PRICE, ROWS, SMALL
from tests.engine.cases.services import (
    always,
    headers_told,
    in_order,
    in_turn,
    json_told,
    paged,
    query_told,
    rows_and_requests,
    serving,
    silent,
)
from tests.engine.flows import WEB, component
from tests.rest.server import Answer

ENTRIES = [
    {"id": row[ID], "who": {"name": row[NAME]}, "price": as_json(row[PRICE]),
     "days": [as_json(row[DAY]), as_json(row[AT])], "ok": row[OK], "small": row[SMALL],
     "more": None if row[SMALL] is None else {"k": [row[SMALL], row[NAME]]}}
    for row in ROWS
]  # fmt: skip
FIELDS = [
    {"name": "id", "type": "long"}, {"name": "who.name", "alias": "name", "type": "string"},
    {"name": "price", "type": "decimal(10,2)"},
    {"name": "$.days[0]", "alias": "day", "type": "date"},
    {"name": "$.days[1]", "alias": "at", "type": "datetime"},
    {"name": "ok", "type": "boolean"}, {"name": "small", "type": "int"},
]  # fmt: skip
READ = [tuple(row[at] for at in (ID, NAME, PRICE, DAY, AT, OK, SMALL)) for row in ROWS]

IDS = [{"name": "id", "type": "long"}]
ORDERS = [{"id": n} for n in range(1, 8)]
NUMBERS = [(n,) for n in range(1, 8)]
SEPARATED = "one\u2028two\x85three"


def source(url: str = "all", fields: list[dict] | None = None, **properties) -> dict:
    body = {"url": url, "connection_id": WEB, "schema": {"fields": fields or IDS}, **properties}
    return component("rest_api_source", "in", **body)


def pages(scheme: str, expected_queries: list[dict], start_of, *, size: int = 3, **properties):
    return Case(
        f"pages by {scheme}{' and ' + ', '.join(properties) if properties else ''}",
        [source(base_record_jsonpath="$.data[*]", use_pagination=True, pagination_scheme=scheme,
                **properties)],
        [*NUMBERS, *(("GET", "/api/all", in_order(query)) for query in expected_queries)],
        prepare=serving(paged(ORDERS, size, start_of)),
        rows=rows_and_requests(query_told),
    )  # fmt: skip


LINKED = [{}, {"from": "3"}, {"from": "6"}]

CASES = [
    Case("records of a service", [source(fields=FIELDS, method="GET", response_type="json")], READ,
         prepare=always(ENTRIES)),
    Case("records at a place in a document",
         [source(fields=FIELDS, base_record_jsonpath="$.deep.entries[*]")], READ,
         prepare=always({"deep": {"entries": ENTRIES}, "entries": [{"id": "x"}]})),
    Case("records with parts that stay JSON",
         [source(fields=[*IDS, {"name": "more", "type": "json"}])],
         [(entry["id"], entry["more"] and json.dumps(entry["more"], ensure_ascii=False))
          for entry in ENTRIES],
         prepare=always(ENTRIES)),
    Case("records one a line, with marks in them that other readers end lines at",
         [source(fields=[*IDS, {"name": "t", "type": "string"}],
                 response_type="line_delimited_json")],
         [(1, SEPARATED), (2, "\n"), (3, None)],
         prepare=always("\r\n".join(
             [json.dumps({"id": 1, "t": SEPARATED}, ensure_ascii=False), '{"id": 2, "t": "\\n"}',
              "", '{"id": 3}']).encode())),
    Case("a raw answer, whatever its status",
         [source(fields=[{"name": "status", "type": "int"}, {"name": "body", "type": "string"}],
                 response_type="raw", fail_on_status=500)],
         [(404, "<b>it's</b> é")], prepare=always("<b>it's</b> é".encode(), 404)),
    Case("a status that fails the run", [source(fail_on_status=200)],
         Fails("status 201", "in"), prepare=always([], 201)),

    *[Case(f"records asked for by {method} with JSON",
           [source("find", method=method, body_format="json", headers={"X-Day": "<$day>"},
                   body='{"day": "$day", "n": [1, null]}')],
           [(1,), (method, "/api/find", in_order({"day": 'it\'s "now"', "n": [1, None]}))],
           prepare=always([{"id": 1}]), rows=rows_and_requests(json_told),
           variables={"day": "'it''s \"now\"'"})
      for method in ("POST", "PUT", "PATCH")],
    Case("records asked for with text and headers",
         [source(method="POST", body_format="text", body="day = $day",
                 headers={"X-Day": "<$day>", "Content-Type": "text/x-day"})],
         [(1,), ("<it's>", "text/x-day", b"day = it's")],
         prepare=always([{"id": 1}]), variables={"day": "'it''s'"},
         rows=rows_and_requests(
             lambda asked: (*headers_told("x-day", "content-type")(asked), asked.body))),

    pages("link_headers", LINKED, lambda query: int(query.get("from", 0))),
    pages("automatic", LINKED, lambda query: int(query.get("from", 0))),
    pages("page_number", [{"page": str(n)} for n in (1, 2, 3, 4)],
          lambda query: 3 * (int(query["page"]) - 1)),
    pages("page_number", [{"p": str(n)} for n in (0, 1, 2, 3)], lambda query: 3 * int(query["p"]),
          page_parameter="p", first_page=0),
    pages("offset_limit", [{"skip": str(n), "top": "3"} for n in (0, 3, 6, 7)],
          lambda query: int(query["skip"]), page_size=3, offset_parameter="skip",
          limit_parameter="top"),
    pages("cursor", [{}, {"after": "3"}, {"after": "6"}],
          lambda query: int(query.get("after", 0)), cursor_parameter="after",
          cursor_jsonpath="$.meta.after", sleep_interval_ms=1, timeout_s=30, max_requests=3),
    Case("no more pages than are wanted",
         [source(base_record_jsonpath="$.data[*]", use_pagination=True, max_requests=2)],
         NUMBERS[:6], prepare=serving(paged(ORDERS, 3, lambda query: int(query.get("from", 0))))),

    Case("a service that is asked again",
         [source(max_retries=2)], [(1,), ("GET", "/api/all", "{}"), ("GET", "/api/all", "{}"),
                                   ("GET", "/api/all", "{}")],
         prepare=in_turn(*[Answer(None, status, {"Retry-After": "0"}) for status in (429, 503)],
                         Answer([{"id": 1}])), rows=rows_and_requests(query_told)),
    Case("a service that is not asked again", [source(max_retries=0)], Fails("status 503", "in"),
         prepare=in_turn(Answer(None, 503, {"Retry-After": "0"}), Answer([{"id": 1}]))),
    Case("an answer that is too large", [source(max_response_mb=1)],
         Fails("more than 1,048,576 bytes", "in"), prepare=always([{"id": 1, "x": "y" * 2**20}])),
    Case("an answer that does not come", [source(timeout_s=0.2, max_retries=0)],
         Fails("no whole answer within 0.2 s", "in"), prepare=silent),
    Case("a record that does not fit", [source()], Fails("twelve", "in"),
         prepare=always([{"id": 1}, {"id": "twelve"}])),
    Case("no records", [source(fields=FIELDS)], [], prepare=always([])),
]  # fmt: skip

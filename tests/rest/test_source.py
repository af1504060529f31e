"""rest_api_source, run by the engine against a real server that misbehaves."""

import threading
import time

import duckdb
import pytest

from engine.check import check_flow
from engine.flow import parse_flow
from engine.reporting import RunStopped, StageFailed
from engine.variables import Variables
from tests.engine.flows import Recorder, StopAfter, chain, component, table_destination
from tests.rest.conftest import REST
from tests.rest.server import Answer

ORDERS = [{"id": n, "city": f"c{n}"} for n in range(1, 8)]


def source(service, fields, **properties):
    url = properties.pop("url", f"{service.url}/orders")
    schema = {"fields": [{"name": k, "alias": f"f{n}", "type": t} for n, (k, t) in
                         enumerate(fields.items())]}  # fmt: skip
    return component("rest_api_source", "src", url=url, schema=schema, **properties)


@pytest.fixture
def read(bench, service):
    """The rows that a source brings, and what was logged."""

    def read(fields, variables=None, recorder=None, stopped=None, **properties):
        flow = chain(source(service, fields, **properties), table_destination("out", "t"))
        recorder = recorder or Recorder()
        more = {} if stopped is None else {"stopped": stopped}
        bench.run(flow, variables, recorder=recorder, **more)
        read.log = recorder.lines
        with duckdb.connect(str(bench.root / "w.duckdb")) as connection:
            return connection.execute("SELECT * FROM t ORDER BY ALL").fetchall()

    return read


def findings(service, fields=None, **properties):
    flow = parse_flow(chain(source(service, fields or {"id": "long"}, **properties),
                            table_destination("out", "t")))  # fmt: skip
    return {(p.code, p.property) for p in check_flow(flow, Variables({"day": "'1 2'"}))}


def test_a_list_of_objects_becomes_rows_with_types(read, service):
    service.always(
        [
            {"id": 1, "price": 10.10, "ok": True, "at": "2024-05-01T10:00:00", "x": {"y": "é"}},
            {"id": 2, "price": None, "ok": False, "at": None, "tags": ["a", 1.0]},
            {},
        ]
    )
    fields = {"id": "long", "price": "decimal(9,2)", "ok": "boolean", "at": "datetime",
              "x.y": "string", "$.tags[0]": "string", "tags": "json"}  # fmt: skip

    rows = [tuple(map(str, row)) for row in read(fields)]

    assert rows == [
        ("1", "10.10", "True", "2024-05-01 10:00:00", "é", "None", "None"),
        ("2", "None", "False", "None", "None", "a", '["a", 1.0]'),
        ("None",) * 7,
    ]


def test_numbers_keep_every_digit(read, service):
    text = b'[{"n": 12345678901234567890.123456789, "big": 9223372036854775807, "d": 0.1}]'
    service.always(text)

    rows = read({"n": "decimal(38,9)", "big": "long", "d": "double", "$": "json"})

    assert str(rows[0][0]) == "12345678901234567890.123456789"
    assert rows[0][1:3] == (9223372036854775807, 0.1)
    assert "12345678901234567890.123456789" in rows[0][3]


def test_a_value_that_does_not_fit_its_type_fails_the_run(read, service):
    service.always([{"id": "twelve"}])

    with pytest.raises(StageFailed, match="twelve"):
        read({"id": "long"})


@pytest.mark.parametrize(
    ("path", "body", "ids"),
    [
        ("", {"id": 5}, [5]),
        ("", [], []),
        ("$.data[*]", {"data": [{"id": 1}, {"id": 2}]}, [1, 2]),
        ("$.data[*]", {"data": []}, []),
        ("$.data[*]", {"other": 1}, []),
        ("$..item", {"a": {"item": {"id": 1}}, "b": [{"item": {"id": 2}}]}, [1, 2]),
        ("$.rows[?@.id > 1]", {"rows": [{"id": 1}, {"id": 2}]}, [2]),
    ],
)
def test_records_are_found_by_their_path(read, service, path, body, ids):
    service.always(body)

    assert read({"id": "long"}, base_record_jsonpath=path) == [(n,) for n in ids]


def test_lines_of_json_and_raw_answers(read, service):
    service.always(b'{"id": 1}\n\n{"id": 2}\r\n{"id": 3}')
    assert read({"id": "long"}, response_type="line_delimited_json") == [(1,), (2,), (3,)]


def test_a_raw_answer_is_one_row_even_when_it_failed(read, service):
    service.always(b"<h1>no</h1>", 404, Content_Type="text/html")

    rows = read(
        {"status": "int", "body": "string", "headers": "json"},
        response_type="raw",
        fail_on_status=600,
    )

    assert rows[0][:2] == (404, "<h1>no</h1>")
    assert '"content-type": "text/html"' in rows[0][2]


def test_request_properties_arrive_with_their_variables(read, service):
    service.always([{"id": 1}])

    read(
        {"id": "long"},
        {"day": "'a&b c'", "key": "'k'"},
        url=f"{service.url}/x?day=$day",
        method="POST",
        headers={"X-Key": "${key}1"},
        body='{"day": "$day", "n": 1}',
    )

    (asked,) = service.asked
    assert (asked.method, asked.query) == ("POST", {"day": "a&b c"})
    assert (asked.headers["x-key"], asked.headers["content-type"]) == ("k1", "application/json")
    assert asked.json() == {"day": "a&b c", "n": 1}


def paged(key, size=3):
    """A service with pages of ORDERS, by any of its parameters."""

    def behave(asked):
        query = asked.query
        start = (int(query["page"]) - 1) * size if "page" in query else int(query.get(key, 0))
        part = ORDERS[start : start + size]
        following = start + size if start + size < len(ORDERS) else None
        links = {}
        if following is not None:
            links = {"Link": f'</orders?start={following}>; rel="next", </orders>; rel="first"'}
        body = {"data": part, "next_cursor": following and str(following)}
        return Answer(body, headers=links)

    return behave


@pytest.mark.parametrize(
    ("key", "properties", "requests"),
    [
        ("start", {"pagination_scheme": "link_headers"}, 3),
        ("start", {"pagination_scheme": "automatic"}, 3),
        ("x", {"pagination_scheme": "page_number"}, 4),
        ("offset", {"pagination_scheme": "offset_limit", "page_size": 3}, 4),
        ("after", {"pagination_scheme": "cursor", "cursor_parameter": "after",
                   "cursor_jsonpath": "$.next_cursor"}, 3),
    ],
)  # fmt: skip
def test_every_scheme_reads_every_page_once(read, service, key, properties, requests):
    service.behave = paged(key)

    rows = read({"id": "long"}, base_record_jsonpath="$.data[*]", use_pagination=True, **properties)

    assert rows == [(order["id"],) for order in ORDERS]
    assert len(service.asked) == requests


@pytest.mark.parametrize(
    "member",
    [
        lambda url: {"next": url},
        lambda url: {"links": {"next": url}},
        lambda url: {"_links": {"next": {"href": url}}},
        lambda url: {"@odata.nextLink": url},
        lambda url: {"paging": {"next": url}},
    ],
)
def test_automatic_finds_the_next_url_in_the_document(read, service, member):
    def behave(asked):
        if asked.path == "/two":
            return Answer({"data": [{"id": 2}], "next": None})
        return Answer({"data": [{"id": 1}], **member(f"{service.url}/two")})

    service.behave = behave

    rows = read({"id": "long"}, base_record_jsonpath="$.data[*]", use_pagination=True)

    assert rows == [(1,), (2,)]


@pytest.mark.parametrize(
    ("properties", "body", "link"),
    [
        ({"pagination_scheme": "link_headers"}, [{"id": 1}], '</orders>; rel="next"'),
        ({"pagination_scheme": "page_number"}, [{"id": 1}], ""),
        ({"pagination_scheme": "offset_limit"}, [{"id": 1}], ""),
        ({"pagination_scheme": "cursor", "cursor_jsonpath": "$.c"}, {"id": 1, "c": "same"}, ""),
    ],
)
def test_pages_that_repeat_themselves_end_the_run(read, service, properties, body, link):
    service.behave = lambda asked: Answer(body, headers={"Link": link} if link else {})

    with pytest.raises(StageFailed, match="pages go in a circle"):
        read({"id": "long"}, use_pagination=True, **properties)

    assert len(service.asked) <= 3


@pytest.mark.parametrize(("most", "requests"), [(0, 1), (1, 1), (2, 2)])
def test_max_requests_ends_endless_pages_with_a_warning(read, service, most, requests):
    service.behave = lambda asked: Answer([{"id": int(asked.query["page"])}])

    rows = read(
        {"id": "long"}, use_pagination=True, pagination_scheme="page_number", max_requests=most
    )

    assert len(service.asked) == len(rows) == requests
    assert any(level == "WARN" and "there are more pages" in text for level, _, text in read.log)


def test_the_next_page_may_not_lead_the_credentials_away(read, bench, service):
    bench.settings = {"auth": "bearer", "token": "canary-token"}
    service.behave = lambda asked: Answer(
        [{"id": 1}], headers={"Link": '<https://evil.example/x>; rel="next"'}
    )

    with pytest.raises(StageFailed, match="is not at") as failed:
        read({"id": "long"}, url="orders", connection_id=REST, use_pagination=True)

    assert "canary-token" not in failed.value.message
    assert service.asked[0].path == "/api/orders"
    assert service.asked[0].headers["authorization"] == "Bearer canary-token"


@pytest.mark.parametrize(
    ("settings", "header", "value"),
    [
        ({"auth": "basic", "username": "u", "password": "p"}, "authorization", "Basic dTpw"),
        ({"auth": "header", "header_name": "X-Key", "header_value": "v1"}, "x-key", "v1"),
    ],
)
def test_each_kind_of_credentials_is_sent(read, bench, service, settings, header, value):
    bench.settings = settings
    service.always([{"id": 1}])

    read({"id": "long"}, url="/orders", connection_id=REST)

    assert service.asked[0].headers[header] == value


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_refusal_is_asked_again_after_the_time_it_names(read, service, status):
    service.in_turn(
        Answer({}, status, {"Retry-After": "0.3"}), Answer({}, status, {"Retry-After": "0.3"}),
        Answer([{"id": 1}]),
    )  # fmt: skip

    began = time.monotonic()
    assert read({"id": "long"}) == [(1,)]

    assert len(service.asked) == 3
    assert time.monotonic() - began >= 0.6
    assert sum("trying again in 0.3 s" in text for _, _, text in read.log) == 2


def test_a_refusal_that_lasts_fails_after_the_retries(read, service):
    service.always({"error": "slow down"}, 429, Retry_After="0")

    with pytest.raises(StageFailed, match="status 429: .*slow down") as failed:
        read({"id": "long"}, max_retries=2)

    assert failed.value.retryable
    assert len(service.asked) == 3


def test_a_wait_of_hours_is_not_waited_for(read, service):
    service.always({}, 503, Retry_After="86400")

    with pytest.raises(StageFailed, match="asks to wait 86,400 s; the longest wait is 300 s"):
        read({"id": "long"})
    assert len(service.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refusal_for_good_is_not_repeated(read, service, status):
    service.always({"error": "because"}, status)

    with pytest.raises(StageFailed, match=f"status {status}: .*because") as failed:
        read({"id": "long"})

    assert not failed.value.retryable
    assert len(service.asked) == 1


def test_a_broken_exchange_is_tried_again(read, service):
    answers = iter([lambda connection: None, Answer([{"id": 1}])])
    service.behave = lambda asked: next(answers)

    assert read({"id": "long"}) == [(1,)]


def test_html_instead_of_json_is_told_as_such(read, service):
    service.always(b"<!doctype html><title>Sign in</title>", Content_Type="text/html")

    with pytest.raises(StageFailed, match="text/html, which is not JSON.*<title>Sign in"):
        read({"id": "long"})


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'[{"id": 1}', "Expecting ',' delimiter"),
        (b"[1, 2]", "a record is 1, which is no object"),
        (b'[{"id": NaN}]', "NaN is no JSON"),
        (b'[{"id": 1e9999999999999999999}]', "the exponent of a number is too large"),
        (b"[" * 100_000, "nested too deep"),
    ],
)
def test_what_is_no_record_fails_the_run(read, service, body, words):
    service.always(body)

    with pytest.raises(StageFailed, match=words):
        read({"id": "long"})


def test_a_stop_ends_a_silent_service_within_two_seconds(read, service):
    stop = StopAfter()
    service.behave = lambda asked: lambda connection: service.released.wait(30)
    threading.Timer(0.5, stop.event.set).start()

    began = time.monotonic()
    with pytest.raises(RunStopped):
        read({"id": "long"}, stopped=stop)

    assert time.monotonic() - began < 2.5


def test_a_stop_ends_the_patience_too(read, service):
    stop = StopAfter()
    service.always({}, 429, Retry_After="200")
    threading.Timer(0.5, stop.event.set).start()

    began = time.monotonic()
    with pytest.raises(RunStopped):
        read({"id": "long"}, stopped=stop)

    assert time.monotonic() - began < 2.5


@pytest.mark.parametrize(
    ("properties", "found"),
    [
        ({"url": "orders"}, ("invalid_property_value", "url")),
        ({"url": "ftp://x/y"}, ("invalid_property_value", "url")),
        ({"url": "http://x/$nowhere"}, ("undefined_variable", "url")),
        ({"base_record_jsonpath": "$.a["}, ("invalid_property_value", "base_record_jsonpath")),
        (
            {"base_record_jsonpath": "$[?match(@.a, '(a+)+$')]"},
            ("invalid_property_value", "base_record_jsonpath"),
        ),
        (
            {"use_pagination": True, "pagination_scheme": "cursor"},
            ("missing_required_property", "cursor_jsonpath"),
        ),
        ({"fields": {"$[": "long"}}, ("invalid_property_value", "schema.fields[0].name")),
        ({"fields": {}}, ("empty_schema", "schema.fields")),
        (
            {"response_type": "raw", "fields": {"id": "int"}},
            ("unknown_input_field", "schema.fields"),
        ),
        ({"body": '{"a": $day}'}, ("invalid_property_value", "body")),
        ({"headers": {"A B": "x"}}, ("invalid_property_value", "headers.A B")),
        ({"max_retries": 11}, ("invalid_property_value", "max_retries")),
    ],
)
def test_what_is_wrong_is_found_without_asking(service, properties, found):
    fields = properties.pop("fields", None)
    if fields == {}:
        properties["schema"] = {"fields": []}
        flow = parse_flow(chain(component("rest_api_source", "src", url=service.url, **properties),
                                table_destination("out", "t")))  # fmt: skip
        codes = {(p.code, p.property) for p in check_flow(flow, Variables())}
    else:
        codes = findings(service, fields, **properties)

    assert found in codes
    assert service.asked == []

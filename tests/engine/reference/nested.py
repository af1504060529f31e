"""The functions on NULL, conditions, JSON and arrays, in plain Python."""

import datetime
import json
import math
import re

from tests.engine.reference.samples import (
    BOOLEAN,
    COUNT,
    DAY,
    DOUBLE,
    LONG,
    MOMENT,
    PART,
    TEXT,
    Sample,
    one,
    strict,
    two,
)
from tests.engine.reference.texts import dumps, shown

INVALID = object()


def loaded(text):
    try:
        return json.loads(text)
    except ValueError:
        return INVALID


def as_text(value):
    """An element as it looks as text."""
    if value is None or isinstance(value, str):
        return value
    return shown(value) if isinstance(value, bool | int | float) else dumps(value)


def walked(text, *path):
    value = loaded(text)
    for step in path:
        is_there = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and step < len(value)
        )
        if not is_there:
            return INVALID
        value = value[step]
    return value


def json_type(value):
    if value is INVALID:
        return None
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    names = {dict: "object", list: "array", str: "string"}
    return names.get(type(value), "number")


def on_list(function):
    """A function of a list that gives None for what is no array."""

    def call(text, *others):
        value = loaded(text)
        return function(value, *others) if isinstance(value, list) else None

    return strict(call)


def on_lists(function):
    def call(a, b):
        first, second = loaded(a), loaded(b)
        if not isinstance(first, list) or not isinstance(second, list):
            return None
        return dumps(function(first, second))

    return strict(call)


def at(values, index):
    if index == 0 or abs(index) > len(values):
        return None
    return as_text(values[index - 1] if index > 0 else values[index])


def position(values, value):
    texts = [as_text(item) for item in values]
    return texts.index(value) + 1 if value in texts else 0


def key(value):
    return dumps(value)


def distinct_in_order(values):
    seen, kept = set(), []
    for value in values:
        if key(value) not in seen:
            seen.add(key(value))
            kept.append(value)
    return kept


def numbers(values):
    found = []
    for value in values:
        is_written = isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value)
        if isinstance(value, bool | int | float) or is_written:
            found.append(float(value))
        else:
            found.append(None)
    return found


def summed(pick):
    def of(values):
        known = [value for value in numbers(values) if value is not None]
        return float(pick(known)) if known else None

    return of


def sliced(values, start, count):
    begin = max(start, 1) - 1
    return dumps(values[begin : begin + max(count, 0)])


def merged(target, patch):
    """RFC 7396."""
    if not isinstance(patch, dict):
        return patch
    made = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            made.pop(name, None)
        else:
            made[name] = merged(made.get(name), value)
    return made


def merged_texts(a, b):
    first, second = loaded(a), loaded(b)
    are_objects = isinstance(first, dict) and isinstance(second, dict)
    return dumps(merged(first, second)) if are_objects else None


NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)


def to_number(text):
    return float(text) if NUMBER.fullmatch(text) else None


def to_integer(text):
    is_whole = re.fullmatch(r"[+-]?\d+", text, re.ASCII)
    return int(text) if is_whole and abs(int(text)) < 2**63 else None


def is_date(text):
    try:
        return bool(re.fullmatch(r"\d{4}-\d\d-\d\d", text)) and bool(
            datetime.date.fromisoformat(text)
        )
    except ValueError:
        return False


def is_datetime(text):
    try:
        return len(text) > 12 and bool(datetime.datetime.fromisoformat(text))
    except ValueError:
        return False


def to_boolean(text):
    word = text.lower()
    if word in ("true", "t", "yes", "y", "on", "1"):
        return True
    return False if word in ("false", "f", "no", "n", "off", "0") else None


def in_json(value):
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ").rstrip("0") if value.microsecond else value.isoformat(" ")
    return value.isoformat() if isinstance(value, datetime.date) else value


STATED = ("string", [None, "", "1", "-1.5", "+.5", "1e3", "1.", ".", "e", "1 ", "nan", "12",
                     "99999999999999999999", "O'B", "١", "Yes", "f", "0", "ON"])  # fmt: skip
CALENDAR = (
    "string",
    [
        None,
        "",
        "2024-02-29",
        "2023-02-29",
        "2024-2-9",
        "2024-01-01T10:00:00Z",
        "2024-01-01 10:00:00+02:00",
        "2024-01-01T25:00:00",
        "O'B",
        "👍",
    ],
)
DOCUMENTS = ("json", [
    None, "", "{", "null", "1", "true", '"a"', "[]", "{}", '[1, "a", null, 2.5]',
    '{"a": 1, "b": null, "c d": "x\\"y", "e": {"f": [10, 20, {"g": "👍"}]}, "t": true}',
    '{"a": "O\'Brien"}', '{"a": 1.5}', "text",
])  # fmt: skip
LISTS = ("json_array", [
    None, "", "[]", "[1]", "{}", "nope", '["b", "a", null, "a"]', "[1, 2.5, -3]",
    '["👍", "O\'B", ""]', "[[1], [2, [3]]]", "[null]", "[2, 1, 2]", '[{"a": 1}, {"a": 1}]',
])  # fmt: skip
INDEX = ("long", [None, 0, 1, 2, -1, 9, -9])
VALUES = ("string", [None, "a", "1", "2", "", "👍"])

LOGIC = {
    "coalesce": [
        Sample("coalesce(a, b)", {"a": TEXT, "b": PART}, lambda a, b: b if a is None else a),
        Sample("coalesce(a, b, 7)", {"a": LONG, "b": COUNT},
               lambda a, b: a if a is not None else b if b is not None else 7),
    ],
    "nullif": [Sample("nullif(a, b)", {"a": TEXT, "b": PART},
                      lambda a, b: None if a == b else a)],
    "if": [
        Sample("if(a, b, 'other')", {"a": BOOLEAN, "b": PART}, lambda a, b: b if a else "other"),
        Sample("if(a, b)", {"a": BOOLEAN, "b": PART}, lambda a, b: b if a else None),
    ],
    "nvl2": [Sample("nvl2(a, 'set', b)", {"a": DOUBLE, "b": PART},
                    lambda a, b: b if a is None else "set")],
    "is_null": [Sample("is_null(a)", {"a": column}, lambda a: a is None)
                for column in (TEXT, DOUBLE, DAY)],
    "is_not_null": [Sample("is_not_null(a)", {"a": TEXT}, lambda a: a is not None)],
    "is_empty": [
        Sample("is_empty(a)", {"a": TEXT}, lambda a: a in (None, "")),
        Sample("is_empty(a)", {"a": LISTS}, lambda a: a in (None, "", "[]", "{}")),
    ],
    "is_blank": [Sample("is_blank(a)", {"a": TEXT},
                        lambda a: a is None or not a.strip(" \t\n\f\r"))],
    "same": [Sample("same(a, b)", {"a": TEXT, "b": PART}, lambda a, b: a == b)],
    "xor": [two("xor", BOOLEAN, BOOLEAN, lambda a, b: a is not b)],
    "choose": [Sample("choose(a, b, 'two')", {"a": COUNT, "b": PART},
                      lambda a, b: {1: b, 2: "two"}.get(a))],
    "decode": [
        Sample("decode(a, 'a', 1, NULL, 2, '', 3, 0)", {"a": TEXT},
               lambda a: {"a": 1, None: 2, "": 3}.get(a, 0)),
        Sample("decode(a, 1, 'one', 2, 'two')", {"a": LONG}, {1: "one", 2: "two"}.get),
    ],
    "empty_to_null": [one("empty_to_null", TEXT, lambda a: a or None)],
    "blank_to_null": [one("blank_to_null", TEXT, lambda a: a if a.strip(" \t\n\f\r") else None)],
    "count_nulls": [Sample("count_nulls(a, b, 1)", {"a": TEXT, "b": LONG},
                           lambda a, b: (a is None) + (b is None))],
    "is_number": [one("is_number", STATED, lambda a: bool(NUMBER.fullmatch(a)))],
    "is_integer": [one("is_integer", STATED,
                       lambda a: bool(re.fullmatch(r"[+-]?\d+", a, re.ASCII)))],
    "is_date": [one("is_date", CALENDAR, is_date)],
    "is_datetime": [one("is_datetime", CALENDAR, is_datetime)],
    "to_number": [one("to_number", STATED, to_number)],
    "to_integer": [one("to_integer", STATED, to_integer)],
    "to_boolean": [one("to_boolean", STATED, to_boolean)],
}  # fmt: skip


def _valid(function):
    def call(text):
        value = loaded(text)
        return None if value is INVALID else function(value)

    return call


def _at(*path):
    def find(text):
        value = walked(text, *path)
        return None if value is INVALID else as_text(value)

    return find


def _number_at(text):
    value = walked(text, "a")
    return float(value) if isinstance(value, int | float) else None


def _exists(text):
    return None if loaded(text) is INVALID else walked(text, "b") is not INVALID


def _query(text):
    value = walked(text, "e")
    return None if value is INVALID else dumps(value)


def _length(value):
    return len(value) if isinstance(value, dict | list) else None


JSON = {
    "is_json": [one("is_json", DOCUMENTS, lambda a: loaded(a) is not INVALID)],
    "json_value": [
        Sample(f"json_value(a, '{path}')", {"a": DOCUMENTS}, strict(_at(*steps)))
        for path, steps in (
            ("$.a", ("a",)), ("$[1]", (1,)), ('$["c d"]', ("c d",)),
            ("$.e.f[2].g", ("e", "f", 2, "g")),
            ("$", ()), ("$.none", ("none",)),
        )
    ],
    "json_get": [
        Sample("json_get(a, 'c d')", {"a": DOCUMENTS}, strict(_at("c d"))),
        Sample("a['a']", {"a": DOCUMENTS}, strict(_at("a"))),
        Sample("a#'e'#'f'", {"a": DOCUMENTS}, strict(_at("e", "f"))),
    ],
    "json_query": [Sample("json_query(a, '$.e')", {"a": DOCUMENTS}, strict(_query))],
    "json_number": [Sample("json_number(a, '$.a')", {"a": DOCUMENTS}, strict(_number_at))],
    "json_boolean": [Sample("json_boolean(a, '$.t')", {"a": DOCUMENTS},
                            strict(lambda a: True if walked(a, "t") is True else None))],
    "json_exists": [Sample("json_exists(a, '$.b')", {"a": DOCUMENTS}, strict(_exists))],
    "json_type": [
        one("json_type", DOCUMENTS, lambda a: json_type(loaded(a))),
        Sample("json_type(a, '$.e')", {"a": DOCUMENTS},
               strict(lambda a: json_type(walked(a, "e")))),
    ],
    "json_keys": [one("json_keys", DOCUMENTS, _valid(
        lambda v: dumps(list(v)) if isinstance(v, dict) else None))],
    "json_values": [one("json_values", DOCUMENTS, _valid(
        lambda v: dumps(list(v.values())) if isinstance(v, dict) else None))],
    "json_length": [one("json_length", DOCUMENTS, _valid(_length))],
    "json_object": [
        Sample("json_object('a', a, 'b c', b)", {"a": TEXT, "b": DOUBLE},
               lambda a, b: dumps({"a": a, "b c": in_json(b)})),
        Sample("json_object('a', a, 'b', b)", {"a": DAY, "b": MOMENT},
               lambda a, b: dumps({"a": in_json(a), "b": in_json(b)})),
    ],
    "json_merge": [two("json_merge", DOCUMENTS, DOCUMENTS, merged_texts)],
    "json_compact": [one("json_compact", DOCUMENTS, _valid(dumps))],
    "to_json": [
        Sample("to_json(a)", {"a": column}, strict(
            lambda a: None if in_json(a) is None else dumps(in_json(a))))
        for column in (TEXT, DOUBLE, LONG, BOOLEAN, DAY, MOMENT)
    ],
}  # fmt: skip

ARRAYS = {
    "array": [Sample("array(a, b, 'x')", {"a": TEXT, "b": DOUBLE},
                     lambda a, b: dumps([a, in_json(b), "x"]))],
    "array_length": [Sample("array_length(a)", {"a": LISTS}, on_list(len))],
    "array_get": [Sample("array_get(a, b)", {"a": LISTS, "b": INDEX}, on_list(at))],
    "array_first": [Sample("array_first(a)", {"a": LISTS}, on_list(lambda v: at(v, 1)))],
    "array_last": [Sample("array_last(a)", {"a": LISTS}, on_list(lambda v: at(v, -1)))],
    "array_contains": [
        Sample("array_contains(a, b)", {"a": LISTS, "b": VALUES},
               on_list(lambda v, b: position(v, b) > 0)),
        Sample("array_contains(a, 2)", {"a": LISTS}, on_list(lambda v: position(v, "2") > 0)),
    ],
    "array_position": [Sample("array_position(a, b)", {"a": LISTS, "b": VALUES},
                              on_list(position))],
    "array_join": [Sample("array_join(a, b)", {"a": LISTS, "b": PART}, on_list(
        lambda v, b: b.join(as_text(item) for item in v if item is not None)))],
    "array_sort": [Sample("array_sort(a)", {"a": LISTS}, on_list(lambda v: dumps(
        sorted((as_text(item) for item in v), key=lambda t: (t is None, t or "")))))],
    "array_sort_numbers": [Sample("array_sort_numbers(a)", {"a": LISTS}, on_list(lambda v: dumps(
        sorted(numbers(v), key=lambda n: (n is None, n or 0.0)))))],
    "array_reverse": [Sample("array_reverse(a)", {"a": LISTS}, on_list(lambda v: dumps(v[::-1])))],
    "array_distinct": [Sample("array_distinct(a)", {"a": LISTS},
                              on_list(lambda v: dumps(distinct_in_order(v))))],
    "array_slice": [Sample("array_slice(a, b, c)", {"a": LISTS, "b": INDEX, "c": INDEX},
                           on_list(sliced))],
    "array_concat": [Sample("array_concat(a, b)", {"a": LISTS, "b": LISTS},
                            on_lists(lambda a, b: a + b))],
    "array_append": [
        Sample("array_append(a, b)", {"a": LISTS, "b": VALUES},
               lambda a, b: None if a is None or not isinstance(loaded(a), list)
               else dumps([*loaded(a), b])),
    ],
    "array_remove": [Sample("array_remove(a, b)", {"a": LISTS, "b": VALUES}, on_list(
        lambda v, b: dumps([item for item in v if as_text(item) != b])))],
    "array_compact": [Sample("array_compact(a)", {"a": LISTS}, on_list(
        lambda v: dumps([item for item in v if item is not None])))],
    "array_union": [Sample("array_union(a, b)", {"a": LISTS, "b": LISTS},
                           on_lists(lambda a, b: distinct_in_order(a + b)))],
    "array_intersect": [Sample("array_intersect(a, b)", {"a": LISTS, "b": LISTS}, on_lists(
        lambda a, b: [v for v in distinct_in_order(a) if key(v) in map(key, b)]))],
    "array_except": [Sample("array_except(a, b)", {"a": LISTS, "b": LISTS}, on_lists(
        lambda a, b: [v for v in distinct_in_order(a) if key(v) not in map(key, b)]))],
    "array_flatten": [Sample("array_flatten(a)", {"a": LISTS}, on_list(
        lambda v: dumps([item for inner in v if isinstance(inner, list) for item in inner])))],
    "array_sum": [Sample("array_sum(a)", {"a": LISTS}, on_list(summed(sum)))],
    "array_average": [Sample("array_average(a)", {"a": LISTS},
                             on_list(summed(lambda n: sum(n) / len(n))))],
    "array_min": [Sample("array_min(a)", {"a": LISTS}, on_list(summed(min)))],
    "array_max": [Sample("array_max(a)", {"a": LISTS}, on_list(summed(max)))],
    "split": [
        two("split", TEXT, ("string", [None, "a", ".", " ", "'", "👍"]),
            lambda a, b: dumps(a.split(b))),
        Sample("split(a, '')", {"a": TEXT}, strict(lambda a: dumps(list(a) or [""]))),
    ],
}  # fmt: skip

"""What is written into a file is read back from it as it was, in every format, or is refused."""

import datetime as dt
import gzip
import json
import math
import struct
from decimal import Decimal

import duckdb
import pyarrow.parquet as pa_parquet
import pytest

from engine.execute import StageFailed
from engine.problems import FlowInvalid
from tests.engine.flows import DUCKDB, FILES, Recorder, chain, component, table_destination
from tests.engine.tables import duckdb_rows

COLUMNS = {
    "i": "int",
    "l": "long",
    "d": "decimal(38,10)",
    "small": "decimal(9,9)",
    "f": "float",
    "x": "double",
    "ok": "boolean",
    "day": "date",
    "at": "datetime",
    "clock": "time",
    "t": "string",
    "j": "json",
}
NOTHING = (None,) * len(COLUMNS)
ROWS = [
    (1, 2**63 - 1, Decimal("1234567890123456789012345678.0123456789"), Decimal("0.000000001"),
     0.1, 0.1, True, dt.date(2024, 2, 29), dt.datetime.fromisoformat("2024-02-29T23:59:59.999999"),
     dt.time(23, 59, 59, 1), "plain", '{"a":[1,{"b":null}]}'),
    (-(2**31), -(2**63), Decimal("-0.0000000001"), Decimal("-0.999999999"), -1e-30, 5e-324, False,
     dt.date(1, 1, 1), dt.datetime.fromisoformat("0001-01-01T00:00:00"), dt.time(0),
     'a"b""c\'d\\e\\\\f\\', "[]"),
    (0, 2**53 + 1, Decimal("0"), Decimal("0"), 3.4e38, 1.7976931348623157e308, None,
     dt.date(9999, 12, 31), dt.datetime.fromisoformat("9999-12-31T23:59:59.999999"), None,
     "tab\tcomma,semi;pipe|\r\nline\n\rend ", '"text"'),
    NOTHING,
    (None, None, None, None, None, None, None, None, None, None, "", '""'),
    (7, 7, Decimal("1.5"), None, -0.0, 123456789.123456789, True, None, None, None,
     "NULL \\N nul:\x01\x1f emoji 😀 é e\u0301 \u2028 \ufeff", "1.10"),
]  # fmt: skip
NUMBERS = [row[:10] + (None, None) for row in ROWS]
"""The rows without their texts."""


@pytest.fixture
def round_trip(bench):
    """Put rows into a table, write them to a folder, read them from there; the rows that arrive."""

    def round_trip(rows, destination, source, columns=COLUMNS):
        kinds = {"json": "VARCHAR", "binary": "BLOB", "string": "VARCHAR", "long": "BIGINT",
                 "datetime": "TIMESTAMP"}  # fmt: skip
        with duckdb.connect(str(bench.root / "w.duckdb")) as database:
            listed = ", ".join(f'"{name}" {kinds.get(w, w)}' for name, w in columns.items())
            database.execute(f"CREATE OR REPLACE TABLE given (n BIGINT, {listed})")
            marks = ", ".join("?" * (len(columns) + 1))
            for number, row in enumerate(rows):
                database.execute(f"INSERT INTO given VALUES ({marks})", [number, *row])  # noqa: S608
        fields = [{"name": "n", "type": "long"}]
        fields += [{"name": name, "type": word} for name, word in columns.items()]
        table = component("database_source", "in", connection_id=DUCKDB, source_table="given",
                          schema={"fields": fields})  # fmt: skip
        folder = component("cloud_storage_destination", "out", connection_id=FILES, directory="o",
                           destination_action="replace", **destination)  # fmt: skip
        bench.run(chain(table, folder))
        files = component("cloud_storage_source", "in", connection_id=FILES, path="o",
                          schema={"fields": fields}, **source)  # fmt: skip
        back = table_destination("out", "back", operation_type="overwrite_truncate")
        bench.run(chain(files, back))
        listed = ", ".join(f'"{name}"' for name in columns)
        return duckdb_rows(bench.root, f"SELECT {listed} FROM back ORDER BY n")  # noqa: S608

    return round_trip


def same(one, other):
    """Equal, and alike in the sign of zero and in float's 32 bits."""
    if isinstance(one, float) and isinstance(other, float):
        return repr(one) == repr(other)
    return one == other and type(one) is type(other)


def assert_same(found, expected):
    assert len(found) == len(expected)
    for row, wanted in zip(found, expected, strict=True):
        for name, one, other in zip(COLUMNS, row, wanted, strict=True):
            if name == "f" and other is not None:
                other = struct.unpack("f", struct.pack("f", other))[0]
            assert same(one, other), (name, one, other)


QUOTED = {"delimiter": ",", "string_qualifier": '"'}


@pytest.mark.parametrize(
    ("destination", "source"),
    [
        (QUOTED, {"delimiter": ",", "quote": '"'}),
        ({**QUOTED, "write_header": True}, {"delimiter": ",", "quote": '"', "header_row": True}),
        ({"delimiter": ";", "string_qualifier": "'"}, {"delimiter": ";", "quote": "'"}),
        ({"delimiter": "-", "string_qualifier": '"'}, {"delimiter": "-", "quote": '"'}),
        ({"delimiter": ".", "string_qualifier": '"'}, {"delimiter": ".", "quote": '"'}),
        ({**QUOTED, "escape_character": "\\"}, {"delimiter": ",", "quote": '"', "escape": "\\"}),
        ({**QUOTED, "compression": "gzip"}, {"delimiter": ",", "quote": '"'}),
        ({**QUOTED, "compression": "bzip2"}, {"delimiter": ",", "quote": '"'}),
        ({**QUOTED, "compression": "zstd"}, {"delimiter": ",", "quote": '"'}),
        ({"destination_format": "json_lines"}, {"record_type": "json"}),
        ({"destination_format": "json_lines", "compression": "zstd"}, {"record_type": "json"}),
        ({"destination_format": "parquet"}, {"record_type": "parquet"}),
        ({"destination_format": "parquet", "compression": "zstd"}, {"record_type": "parquet"}),
        ({"destination_format": "parquet", "compression": "gzip"}, {"record_type": "parquet"}),
    ],
    ids=lambda options: " ".join(map(str, options.values())),
)  # fmt: skip
def test_nasty_values_come_back_as_they_were(round_trip, destination, source):
    assert_same(round_trip(ROWS, destination, source), ROWS)


@pytest.mark.parametrize("escape", [None, "\\"])
def test_without_qualifier_numbers_and_times_come_back(round_trip, escape):
    options = {"escape_character": escape} if escape else {}
    read = {"escape": escape} if escape else {}

    assert_same(round_trip(NUMBERS, {"delimiter": "\t", **options}, {"delimiter": "\t", **read}),
                NUMBERS)  # fmt: skip


def test_without_qualifier_an_escape_carries_texts(round_trip):
    rows = [row for row in ROWS if row[-2] != ""]

    assert_same(
        round_trip(rows, {"escape_character": "\\", "delimiter": ","},
                   {"escape": "\\", "delimiter": ","}),
        rows,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("column", "word", "value", "destination", "words"),
    [
        ("t", "string", "", {}, "In the field t there is an empty text"),
        ("t", "string", "a\tb", {}, "In the field t there is a tab inside a value"),
        ("t", "string", "a\nb", {"delimiter": ","}, "there is a line break inside a value"),
        ("b", "binary", b"x", {"string_qualifier": '"'}, "which delimited text cannot hold"),
        ("b", "binary", b"x", {"destination_format": "json_lines"}, "which JSON cannot hold"),
        ("x", "double", math.nan, {"destination_format": "json_lines"}, "holds NaN"),
        ("x", "double", -math.inf, {"destination_format": "json_lines"}, "an infinite number"),
        ("at", "datetime", "infinity", {}, "holds a time out of all range"),
        ("j", "json", "{", {"destination_format": "json_lines"}, "which is no JSON"),
    ],
)
def test_what_a_format_cannot_hold_is_refused_by_field(
    round_trip, column, word, value, destination, words
):
    with pytest.raises(StageFailed, match=words):
        round_trip([(value,)], destination, {}, {column: word})


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_special_numbers_pass_where_they_can(round_trip, value):
    for destination, source in (
        (QUOTED, {"delimiter": ",", "quote": '"'}),
        ({"destination_format": "parquet"}, {"record_type": "parquet"}),
    ):
        ((found,),) = round_trip([(value,)], destination, source, {"x": "double"})
        assert repr(found) == repr(value)


def test_bytes_pass_through_parquet(round_trip):
    data = bytes(range(256))

    rows = round_trip(
        [(data,), (b"",), (None,)], {"destination_format": "parquet"},
        {"record_type": "parquet"}, {"b": "binary"},
    )  # fmt: skip

    assert rows == [(data,), (b"",), (None,)]


def written(bench, **properties):
    """The files that a destination makes of three rows, by name, as bytes."""
    bench.write("in.csv", 'a,b\n1,x\n2,"y,""z"\n3,\n')
    source = component("cloud_storage_source", "in", connection_id=FILES, path="in.csv",
                       delimiter=",", quote='"', header_row=True,
                       schema={"fields": [{"a": "long"}, {"b": "string"}]})  # fmt: skip
    folder = component("cloud_storage_destination", "out", connection_id=FILES, directory="o",
                       **properties)  # fmt: skip
    bench.run(chain(source, folder), recorder=Recorder())
    return {path.name: path.read_bytes() for path in (bench.root / "files" / "o").iterdir()}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({**QUOTED, "write_header": True}, b'"a","b"\n1,"x"\n2,"y,""z"\n3,\n'),
        ({"delimiter": ",", "string_qualifier": "'", "write_header": True},
         b"'a','b'\n1,'x'\n2,'y,\"z'\n3,\n"),
        ({**QUOTED, "escape_character": "\\"}, b'1,"x"\n2,"y,\\"z"\n3,\n'),
        ({"write_header": True}, b'a\tb\n1\tx\n2\ty,"z\n3\t\n'),
        ({"delimiter": ",", "escape_character": "\\"}, b'1,x\n2,y\\,"z\n3,\n'),
        ({"destination_format": "json_lines"},
         b'{"a":1,"b":"x"}\n{"a":2,"b":"y,\\"z"}\n{"a":3,"b":null}\n'),
    ],
)  # fmt: skip
def test_text_is_written_sign_by_sign(bench, properties, expected):
    ((name, data),) = written(bench, **properties).items()

    assert data == expected
    ending = ".jsonl" if "destination_format" in properties else ".csv"
    assert name.startswith("part-1-")
    assert name.endswith(ending)


def test_packed_files_bear_the_ending_of_their_packing(bench):
    ((name, data),) = written(bench, **QUOTED, compression="gzip", file_prefix="x").items()

    assert name.startswith("x-1-")
    assert name.endswith(".csv.gz")
    assert gzip.decompress(data) == b'1,"x"\n2,"y,""z"\n3,\n'


def test_large_outputs_are_split(bench):
    rows = 300_000
    bench.write("in.csv", "a\n" + "".join(f"{n}\n" for n in range(rows)))
    source = component("cloud_storage_source", "in", connection_id=FILES, path="in.csv",
                       header_row=True, schema={"fields": [{"a": "long"}]})  # fmt: skip
    for kind, action in (("delimited", "replace"), ("parquet", "replace"), ("parquet", "append")):
        folder = component("cloud_storage_destination", "out", connection_id=FILES, directory="o",
                           destination_format=kind, destination_action=action,
                           single_file=False, max_file_mb=1, write_header=True)  # fmt: skip
        bench.run(chain(source, folder))

        files = sorted((bench.root / "files" / "o").iterdir())
        newest = [path for path in files if f"-{bench.runs}-" in path.name]
        assert len(newest) > (1 if kind == "delimited" else 0)
        assert [path.name.split("-")[-1][:5] for path in newest] == [
            f"{number:05}" for number in range(1, len(newest) + 1)
        ]
        if kind == "delimited":
            texts = [path.read_text().splitlines() for path in newest]
            assert {text[0] for text in texts} == {"a"}
            found = [int(line) for text in texts for line in text[1:]]
        else:
            tables = [pa_parquet.read_table(path) for path in newest]
            found = [value for table in tables for value in table["a"].to_pylist()]
        assert sorted(found) == list(range(rows))


@pytest.mark.parametrize(
    ("properties", "name", "words"),
    [
        (
            {"destination_format": "parquet", "compression": "bzip2"},
            "compression",
            "not with bzip2",
        ),
        ({"delimiter": '"', "string_qualifier": '"'}, "delimiter", "another character"),
        ({"delimiter": "\n"}, "delimiter", "line break"),
        ({"max_file_mb": 0}, "max_file_mb", "greater than or equal to 1"),
    ],
)
def test_options_of_a_destination_that_do_not_fit_are_found(bench, properties, name, words):
    with pytest.raises(FlowInvalid) as caught:
        written(bench, **properties)

    problem = caught.value.problems[0]
    assert (problem.code, problem.property) == ("invalid_property_value", name)
    assert words in problem.message


def test_every_line_of_json_is_json(bench):
    ((_, data),) = written(bench, destination_format="json_lines").items()

    assert [json.loads(line) for line in data.splitlines()] == [
        {"a": 1, "b": "x"}, {"a": 2, "b": 'y,"z'}, {"a": 3, "b": None}
    ]  # fmt: skip

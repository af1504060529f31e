"""discover_file_schema, through the HTTP endpoint, and its answers given to the engine."""

import bz2
import csv
import datetime
import gzip
import io
import json
import random

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from connections import vault
from tests.engine.flows import FILES, Bench, chain, component, table_destination
from tests.engine.tables import duckdb_rows
from tests.engine.workbooks import SHEET, workbook, zipped

UNKNOWN = {"error": "connection not found, or not a cloud storage connection"}


@pytest.fixture
def bench(tmp_path, settings) -> Bench:
    settings.LOCAL_DATA_ROOT = tmp_path
    (tmp_path / "files").mkdir()
    return Bench(tmp_path)


@pytest.fixture
def files(bench, make_connection):
    return make_connection("files", settings={"path": "files"})


@pytest.fixture
def discover(call_tool, files):
    def discover(path="in.csv", **arguments):
        return call_tool("discover_file_schema", connection_id=files.pk, path=path, **arguments)

    return discover


@pytest.mark.promise("discover_file_schema.columns", "discover_file_schema.answer")
def test_discover_file_schema_tells_columns_and_how_to_read_them(bench, discover, files):
    bench.write("in.csv", "id;name;Order date;paid\n1;ann;2024-01-05;true\n2;bob;;false\n")

    answer = discover()

    assert answer.data == {
        "connection_id": files.pk,
        "file": "in.csv",
        "matching_files": 1,
        "field_count": 4,
        "column_names": ["id", "name", "Order date", "paid"],
        "fields": [
            {"id": "long"},
            {"name": "string"},
            {"Order date": "date"},
            {"paid": "boolean"},
        ],
        "is_complete": True,
        "records_read": 2,
        "source_options": {
            "record_type": "delimited",
            "record_delimiter": "new_line",
            "char_encoding": "utf-8",
            "delimiter": ";",
            "quote": '"',
            "escape": None,
            "header_row": True,
        },
        "detected": ["record_type", "char_encoding", "delimiter", "quote", "header_row"],
        "notes": [],
        "problems": [],
    }
    text = answer.raw["content"][0]["text"]
    begin, end = text.index('"untrusted_begin":'), text.rindex('"untrusted_end":')
    assert text.index('"notes":') < begin < text.index("Order date") < end


def read_by_the_engine(bench, found):
    """The rows that a source set up as the answer says brings into a table."""
    options = found["source_options"]
    told = {name: value for name, value in options.items() if value is not None}
    source = component(
        "cloud_storage_source",
        "in",
        connection_id=FILES,
        path=found["file"],
        schema={"fields": found["fields"]},
        **told,
    )
    bench.run(chain(source, table_destination("out", "t")))
    return duckdb_rows(bench.root, "SELECT * FROM t ORDER BY 1 NULLS FIRST")


def moment(text):
    return datetime.datetime.fromisoformat(text)


@pytest.mark.promise("discover_file_schema.columns", "discover_file_schema.feeds_a_source")
@pytest.mark.parametrize(
    ("content", "options", "expected"),
    [
        ("id,name\n1,ann\n2,\n", {}, [(1, "ann"), (2, None)]),
        ("name\n1\n2\n", {}, [(1,), (2,)]),
        ("\ufeff\"id\",name\r\n1,\"a, \"\"b\"\"\"\r\n2,\"\"\r\n", {}, [(1, 'a, "b"'), (2, "")]),
        ("1\tx\n2\ty\n", {}, [(1, "x"), (2, "y")]),
        ("\n1\tx\n", {}, [(1, "x")]),
        ("a;b\n'x;y';1,5\n", {"quote": "'"}, [("x;y", "1,5")]),
        ('a\tb\n5" pipe\t1\n"x"y\t2\n', {}, [('"x"y', 2), ('5" pipe', 1)]),
        ('a,b\n"x\ny",1\n', {"quote": "quoted_multi_line"}, [("x\ny", 1)]),
        (",a,b,A\n0,1,2,3\n", {}, [(1, 2)]),
        ("1.5|-.5|1e5\n", {}, [(1.5, -0.5, 100000.0)]),
        ("007,9223372036854775807\n", {}, [("007", 2**63 - 1)]),
        ("a,b\ntrue,2024-02-29\n,\n", {}, [(None, None), (True, datetime.date(2024, 2, 29))]),
        ("at,x\n2024-01-05T10:00:01.123456+02:00,a\n2024-01-05 08:01,b\n2024-01-06,c\n", {},
         [(moment("2024-01-05T08:00:01.123456"), "a"), (moment("2024-01-05T08:01"), "b"),
          (moment("2024-01-06"), "c")]),
        ("a b,ä,\U0001f600,$x\n1,2,3,4\n", {}, [(1, 2, 3, 4)]),
        ("date,string,type,alias\n2024-01-01,a,b,c\n", {},
         [(datetime.date(2024, 1, 1), "a", "b", "c")]),
        ("a,b\r1,2\r3,4\r", {}, [(1, 2), (3, 4)]),
        ("a,b\n1,2\n\n3,4", {}, [(1, 2), (3, 4)]),
    ],
)  # fmt: skip
def test_the_engine_reads_what_was_discovered(bench, discover, content, options, expected):
    bench.write("in.csv", content)

    found = discover(**options).data

    assert found["problems"] == []
    assert read_by_the_engine(bench, found) == expected


def test_the_engine_reads_gzip_and_parquet_as_discovered(bench, discover, tmp_path):
    bench.write("in.csv", "id,v\n1,1.5\n")
    zipped = tmp_path / "files" / "in.csv.gz"
    zipped.write_bytes(gzip.compress(b"id,v\n1,1.5\n"))
    write_parquet = component(
        "cloud_storage_destination", "out", connection_id=FILES, directory="made",
        destination_format="parquet", schema={"fields": [{"name": "id"}, {"name": "v"}]},
    )  # fmt: skip
    first = discover().data
    source = component(
        "cloud_storage_source", "in", connection_id=FILES, path="in.csv", delimiter=",",
        header_row=True, schema={"fields": first["fields"]},
    )  # fmt: skip
    bench.run(chain(source, write_parquet))

    for path in ("in.csv.gz", "made/*.parquet"):
        (tmp_path / "w.duckdb").unlink(missing_ok=True)
        found = discover(path).data
        assert found["fields"] == [{"id": "long"}, {"v": "double"}]
        assert read_by_the_engine(bench, found) == [(1, 1.5)]
    assert found["source_options"]["record_type"] == "parquet"
    assert found["source_options"]["delimiter"] is None


@pytest.mark.parametrize("seed", range(12))
def test_the_engine_reads_files_of_any_dialect_as_discovered(bench, discover, seed):
    chance = random.Random(seed)
    texts = ["x", "5\" pipe", "a, b", "c;d", "e|f", "tab\there", "two\nlines", "ä\U0001f600", "007",
             "-1e999", "2024-13-01", ""]  # fmt: skip
    rows = [
        [
            number,
            chance.choice(texts),
            round(chance.uniform(-1e6, 1e6), chance.randrange(1, 6)),
            chance.choice([True, False]),
            chance.choice(texts),
        ]
        for number in range(chance.randrange(1, 200))
    ]
    written = io.StringIO()
    writer = csv.writer(
        written,
        delimiter=chance.choice(",;\t|"),
        quoting=chance.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        lineterminator=chance.choice(["\n", "\r\n"]),
    )
    writer.writerow(["id", "name", "amount", "is_open", "note"])
    writer.writerows(rows)
    bench.write("in.csv", written.getvalue())

    found = discover().data

    assert [next(iter(field)) for field in found["fields"]] == found["column_names"]
    got = read_by_the_engine(bench, found)
    assert [tuple("" if v is None else v for v in row) for row in got] == [tuple(r) for r in rows]


def test_of_several_files_the_first_by_name_is_read(bench, discover):
    for name in ("b.csv", "a.csv", "c.txt"):
        bench.write(f"day/{name}", f"{name[0]},x\n1,2\n")

    folder, pattern = discover("day").data, discover("day/{b,c}.*").data

    assert (folder["file"], folder["matching_files"]) == ("day/a.csv", 3)
    assert (pattern["file"], pattern["matching_files"]) == ("day/b.csv", 2)
    assert pattern["column_names"] == ["b", "x"]


PACKED = {
    "in.csv.gz": gzip.compress,
    "in.csv.bz2": bz2.compress,
    "in.csv.zst": lambda data: pa.compress(data, "zstd", asbytes=True),
    "in.csv.zip": lambda data: zipped({"a.csv": data, "_b.csv": b"x", "c.csv": data}),
}


@pytest.mark.promise("discover_file_schema.feeds_a_source")
@pytest.mark.parametrize("name", PACKED)
@pytest.mark.parametrize("rows", [2, 100_000])
def test_packed_files_are_looked_into_and_read(bench, discover, name, rows):
    data = "id;näme\n" + "".join(f"{n};x{n}\n" for n in range(rows))
    (bench.root / "files" / name).write_bytes(PACKED[name](data.encode("utf-16")))

    found = discover(name, char_encoding="utf-16").data

    assert found["fields"] == [{"id": "long"}, {"näme": "string"}]
    assert found["problems"] == []
    copies = 2 if name.endswith("zip") else 1
    assert len(read_by_the_engine(bench, found)) == rows * copies


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("in.json", {}, [(1, "x", '{"c":[1]}')]),
        ("in.json.bz2", {}, [(1, "x", '{"c":[1]}')]),
        ("one.json", {"record_delimiter": "eof"}, [(1, "x", '{"c":[1]}')]),
        ("in.xlsx", {}, [(7, "ä", moment("2024-02-29T12:00"), 0.1),
                         (12345678901, "12", None, -2.5)]),
        ("in.parquet", {}, [('["x"]', '{"c":1}', 1)]),
        ("old.csv", {"char_encoding": "windows-1252", "escape": "\\"}, [("ä,b", 2)]),
    ],
)  # fmt: skip
def test_files_of_every_kind_are_read_as_discovered(bench, discover, name, options, expected):
    folder = bench.root / "files"
    record = b'{"a": 1, "b": "x", "n": {"c": [1]}}\n'
    (folder / "in.json").write_bytes(record)
    (folder / "in.json.bz2").write_bytes(bz2.compress(record))
    (folder / "one.json").write_bytes(b"[" + record + b"]")
    (folder / "in.xlsx").write_bytes(workbook({"First": SHEET}))
    (folder / "old.csv").write_bytes("t,n\nä\\,b,2\n".encode("cp1252"))
    table = pa.table({"t": [["x"]], "m": [{"c": 1}], "n": [1]})
    pa_parquet.write_table(table, folder / "in.parquet")

    found = discover(name, **options).data

    assert found["problems"] == []
    assert read_by_the_engine(bench, found) == expected


@pytest.mark.promise("discover_file_schema.columns", "discover_file_schema.arguments")
def test_files_of_a_bucket_are_looked_into(s3, s3_bucket, settings, call_tool, make_connection):
    settings.CONNECTION_ALLOW_HOSTS = ["127.0.0.1"]
    given = dict(s3.spec(1, "lake").settings)
    secrets = {"password": given.pop("password")}
    connection = make_connection("lake", kind="s3", settings=given, secrets=vault.encrypt(secrets))
    put = s3.client().put_object
    put(Bucket=s3_bucket, Key="d/1.csv.gz", Body=gzip.compress(b"id,name\n1,x\n"))
    put(Bucket=s3_bucket, Key="d/2.zip", Body=zipped({"a.csv": b"id\n1\n"}))

    def ask(path, **arguments):
        return call_tool("discover_file_schema", connection_id=connection.pk, path=path,
                         **arguments)  # fmt: skip

    packed, archive = ask("d/*", bucket=s3_bucket).data, ask("d/2.zip", bucket=s3_bucket).data
    assert (packed["file"], packed["matching_files"]) == ("d/1.csv.gz", 2)
    assert packed["fields"] == [{"id": "long"}, {"name": "string"}]
    assert archive["fields"] == [{"id": "long"}]
    assert "bucket: is required" in ask("d/*").data["error"]
    refusal = ask("d/*", bucket="gone-bucket")
    assert refusal.is_error
    assert "NoSuchBucket" in str(refusal.raw)
    assert secrets["password"] not in str(refusal.raw)


def test_names_that_cannot_be_fields_come_with_an_alias(bench, discover):
    bench.write("in.csv", f"a b,a_b,金额,数量,name,{'x' * 140},1st\n1,2,3,4,5,6,7\n")

    found = discover(header_row=True).data

    assert found["fields"] == [
        {"a b": "long"},
        {"name": "a_b", "alias": "a_b_2", "type": "long"},
        {"金额": "long"},
        {"name": "数量", "alias": "f___4", "type": "long"},
        {"name": "name", "type": "long"},
        {"name": "x" * 140, "alias": "x" * 100 + "_6", "type": "long"},
        {"1st": "long"},
    ]
    assert found["problems"] == []
    assert read_by_the_engine(bench, found) == [(1, 2, 3, 4, 5, 6, 7)]


def test_columns_left_out_and_uneven_rows_are_noted(bench, discover):
    bench.write("in.csv", "id,,v\n1,2,3\n1,2\n")

    found = discover().data

    assert found["column_names"] == ["id", "v"]
    assert found["notes"] == [
        "Left out: column 2, without a name.",
        "Row 2 has 2 values where there are 3 columns; a run stops at such a row.",
    ]


@pytest.mark.parametrize("width", [1, 200])
def test_an_answer_stays_small_and_says_that_it_is_not_complete(bench, discover, width):
    names = [f"{'x' * width}{place}" for place in range(3_000)]
    bench.write("in.csv", ",".join(names) + "\n")

    answer = discover()

    assert len(json.dumps(answer.raw, separators=(",", ":"))) < 100_000
    assert (answer.data["field_count"], answer.data["is_complete"]) == (3_000, False)
    assert 50 < len(answer.data["fields"]) == len(answer.data["column_names"]) <= 2_000
    assert answer.data["column_names"] == names[: len(answer.data["fields"])]


def test_a_file_is_named_in_errors_only_where_several_match(bench, discover):
    bench.write("day/ignore me.csv", "")
    alone = discover("day/*.csv")
    bench.write("day/z.csv", "a,b\n")
    first = discover("day/*.csv")

    assert alone.data == {"error": "The file is empty."}
    assert first.data["details"] == "day/ignore me.csv: The file is empty."
    assert "ignore me" not in first.data["error"]


def test_what_is_no_file_connection_is_told_in_the_same_words(
    call_tool, make_connection, other_account
):
    foreign = make_connection(account=other_account)
    database = make_connection("shop", "sqlite", category="database", settings={"database": "x"})

    answers = [
        call_tool("discover_file_schema", connection_id=number, path="in.csv").data
        for number in (foreign.pk, database.pk, 10**9, 2**63)
    ]

    assert answers == [UNKNOWN] * 4


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("gone.csv", "path: the connection has no file 'gone.csv'"),
        ("gone/*.csv", "path: the connection has no file 'gone/*.csv'"),
        ("../secret.csv", "leads outside the folder"),
        ("/etc/passwd", "must be relative to the folder"),
        ("~/x", "must be relative to the folder"),
        ("sub/../../secret.csv", "leads outside the folder"),
        ("../*.csv", "leads outside the folder"),
        ("link.csv", "leads outside the folder"),
        ("link.*", "path: the connection has no file 'link.*'"),
        ("_hidden/*.csv", "path: the connection has no file '_hidden/*.csv'"),
    ],
)
def test_paths_that_name_no_file_of_the_connection_are_refused(
    bench, discover, tmp_path, path, words
):
    (tmp_path / "secret.csv").write_text("canary,b\n1,2\n")
    (tmp_path / "files" / "link.csv").symlink_to(tmp_path / "secret.csv")
    bench.write("_hidden/in.csv", "canary,b\n")

    answer = discover(path)

    assert answer.is_error
    assert words in answer.data["error"]
    assert "canary" not in str(answer.raw)
    assert str(tmp_path) not in str(answer.raw)


@pytest.mark.promise("discover_file_schema.arguments")
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({}, "connection_id: is required\npath: is required"),
        ({"connection_id": 1}, "path: is required"),
        ({"connection_id": 0, "path": "x"}, "connection_id: must be above 0"),
        ({"path": ""}, "path: must not be empty"),
        ({"path": "x" * 1_025}, "path: must have at most 1024 characters"),
        ({"path": "a\x00b"}, "path must not hold NUL"),
        ({"delimiter": ""}, "delimiter: must not be empty"),
        ({"delimiter": "::"}, "delimiter: must have at most 1 characters"),
        ({"delimiter": "\n"}, "delimiter: must be one character, not a line break"),
        ({"header_row": "yes"}, "header_row: must be true or false"),
        ({"record_type": "xml"}, "record_type: must be 'delimited', 'json' or 'parquet'"),
        ({"record_delimiter": "|"}, "record_delimiter: must be 'new_line' or 'eof'"),
        ({"quote": "`"}, "quote: must be 'none', "),
        ({"lines": 0}, "lines: must be at least 1"),
        ({"lines": 10_001}, "lines: must be at most 10000"),
        ({"bucket": "b"}, "bucket: a local_folder connection has none; leave it out"),
        ({"char_encoding": "klingon"}, "char_encoding: 'klingon' is not known here"),
        ({"skip_header": True}, "skip_header: is not an argument of this tool"),
    ],
)
def test_refused_arguments_name_the_field_and_the_limit(bench, call_tool, files, arguments, line):
    bench.write("in.csv", "a,b\n")
    given = {"connection_id": files.pk, "path": "in.csv", **arguments}
    if "is required" in line:
        given = arguments

    answer = call_tool("discover_file_schema", **given)

    assert answer.is_error
    assert line in answer.data["error"]


def test_an_operator_without_local_files_is_named(settings, discover):
    settings.LOCAL_DATA_ROOT = None

    assert "The operator sets LOCAL_DATA_ROOT" in discover().data["error"]

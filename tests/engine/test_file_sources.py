"""Every way a file can be written down is read as what it says, or refused by name and place."""

import bz2
import datetime as dt
import gzip
import io
import json
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from engine.execute import StageFailed
from engine.problems import FlowInvalid
from tests.engine.flows import FILES, Recorder, chain, component, table_destination
from tests.engine.tables import duckdb_rows
from tests.engine.workbooks import SHEET, workbook, zipped


@pytest.fixture
def put(bench):
    """Write a file of bytes or text below the folder of files."""

    def put(name, data):
        path = bench.root / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    return put


@pytest.fixture
def read(bench):
    """Run a source into a table; its rows in the order of the file."""

    def read(path, fields, recorder=None, **properties):
        listed = [
            item if isinstance(item, dict) else {"name": item, "type": word}
            for item, word in (fields.items() if isinstance(fields, dict) else fields)
        ]
        source = component(
            "cloud_storage_source", "in", connection_id=FILES, path=path,
            schema={"fields": listed}, **properties,
        )  # fmt: skip
        (bench.root / "w.duckdb").unlink(missing_ok=True)
        flow = chain(source, table_destination("out", "t"))
        bench.run(flow, recorder=recorder)
        return duckdb_rows(bench.root, "SELECT * FROM t ORDER BY rowid")

    return read


CSV = 'id,name\n1,ä€\n2,\n3,""\n'
CSV_ROWS = [(1, "ä€"), (2, None), (3, "")]
CSV_FIELDS = {"id": "long", "name": "string"}
CSV_OPTIONS = {"delimiter": ",", "quote": '"', "header_row": True}


@pytest.mark.parametrize(
    ("encoding", "option"),
    [("utf-8", None), ("utf-8-sig", "UTF-8"), ("utf-16", "UTF-16"), ("utf-16-le", "UTF-16LE"),
     ("utf-16-be", "utf-16-be"), ("cp1252", "Windows-1252"), ("iso8859-15", "ISO-8859-15")],
)  # fmt: skip
def test_text_is_read_in_its_encoding(put, read, encoding, option):
    put("in.csv", CSV.encode(encoding))
    options = {"char_encoding": option} if option else {}

    assert read("in.csv", CSV_FIELDS, **CSV_OPTIONS, **options) == CSV_ROWS


@pytest.mark.parametrize(
    ("name", "pack", "option"),
    [
        ("in.csv.gz", gzip.compress, "auto"),
        ("in.csv.bz2", bz2.compress, "auto"),
        ("in.csv.zst", lambda data: pa.compress(data, "zstd", asbytes=True), "auto"),
        (
            "in.csv.zip",
            lambda data: zipped({"a.csv": data, "__MACOSX/x": b"x", ".h": b"x"}),
            "auto",
        ),
        ("in.data", gzip.compress, "gzip"),
        ("in.data", bz2.compress, "bzip2"),
        ("in.data", lambda data: pa.compress(data, "zstd", asbytes=True), "zstd"),
        ("in.data", lambda data: zipped({"a.csv": data}), "zip"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_packed_text_is_read_by_its_ending_or_by_word(put, read, name, pack, option, encoding):
    put(name, pack(CSV.encode(encoding)))

    rows = read(name, CSV_FIELDS, **CSV_OPTIONS, compression=option, char_encoding=encoding)

    assert rows == CSV_ROWS


def test_an_archive_gives_the_rows_of_all_its_files(put, read):
    put("in.zip", zipped({"b.csv": "id\n3\n", "sub/a.csv": "id\n4\n", "a.csv": "id\n1\n2\n"}))

    rows = read("in.zip", {"id": "long"}, delimiter=",", header_row=True)

    assert sorted(rows) == [(1,), (2,), (3,), (4,)]


def encrypted_zip(data: bytes, password: bytes) -> bytes:
    """A stored member with the classic encryption, made here because Python only reads it."""
    import struct
    import zlib

    table = [0] * 256
    for n in range(256):
        c = n
        for _ in range(8):
            c = (c >> 1) ^ 0xEDB88320 if c & 1 else c >> 1
        table[n] = c
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc32(crc, byte):
        return (crc >> 8) ^ table[(crc ^ byte) & 0xFF]

    def update(byte):
        keys[0] = crc32(keys[0], byte)
        keys[1] = (keys[1] + (keys[0] & 0xFF)) & 0xFFFFFFFF
        keys[1] = (keys[1] * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc32(keys[2], keys[1] >> 24)

    for byte in password:
        update(byte)
    crc = zlib.crc32(data)
    plain = bytes(11) + bytes([crc >> 24]) + data
    hidden = bytearray()
    for byte in plain:
        k = keys[2] | 2
        hidden.append(byte ^ (((k * (k ^ 1)) >> 8) & 0xFF))
        update(byte)
    name = b"a.csv"
    local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 1, 0, 0, 33, crc, len(hidden), len(data),
                        len(name), 0) + name  # fmt: skip
    central = struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 1, 0, 0, 33, crc, len(hidden),
                          len(data), len(name), 0, 0, 0, 0, 0, 0) + name  # fmt: skip
    start = len(local) + len(hidden)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(central), start, 0)
    return local + bytes(hidden) + central + end


def test_an_encrypted_archive_needs_its_password(put, read):
    put("in.zip", encrypted_zip(CSV.encode(), b"open sesame"))

    assert read("in.zip", CSV_FIELDS, **CSV_OPTIONS, zip_password="open sesame") == CSV_ROWS
    with pytest.raises(StageFailed, match="is encrypted, and zip_password is missing"):
        read("in.zip", CSV_FIELDS, **CSV_OPTIONS)
    with pytest.raises(StageFailed, match="zip_password is wrong") as caught:
        read("in.zip", CSV_FIELDS, **CSV_OPTIONS, zip_password="close sesame")
    assert "sesame" not in caught.value.message


@pytest.mark.parametrize(
    ("name", "data", "options", "words"),
    [
        ("in.csv", b"id,name\n1,ok\n2,caf\xe9\n", {}, r"in\.csv is not utf-8 at byte 19 \(found"),
        ("in.csv.gz", gzip.compress(b"id,name\n1,caf\xe9\n"), {}, r"csv\.gz is not utf-8 at byte"),
        ("in.csv", b"id,name\n1,\x81\n", {"char_encoding": "cp1252"}, "is not cp1252 at byte 11"),
        ("in.csv", "id,name\n1,ä\n".encode("utf-16-le")[:-1], {"char_encoding": "UTF-16LE"},
         "is not utf-16-le at byte"),
        ("in.csv.bz2", bz2.compress(b"id,name\n" * 9)[:-8], {}, r"in\.csv\.bz2 cannot be unpacked"),
        ("in.csv.zip", b"PK\3\4 no archive", {}, r"in\.csv\.zip cannot be unpacked"),
        ("in.csv.zip", zipped({}), {}, "holds no file"),
        ("in.csv", "id,name\nx,a\n", {}, r"in\.csv holds 'x' in the column id, which is not long"),
        ("in.csv.zip", zipped({"p/q.csv": "id,name\nx,a\n"}), {},
         r"in\.csv\.zip/p/q\.csv holds 'x' in the column id"),
        ("in.csv.bz2", bz2.compress(b"id,name\n1,a,b\n"), {}, r"csv\.bz2 cannot be read at line 2"),
    ],
    ids=["utf-8", "gzip utf-8", "cp1252", "utf-16", "cut bzip2", "no zip", "empty zip", "value",
         "value in zip", "width"],
)  # fmt: skip
def test_what_cannot_be_read_is_told_by_file_and_place(put, read, name, data, options, words):
    put(name, data)

    with pytest.raises(StageFailed, match=words):
        read(name, CSV_FIELDS, **CSV_OPTIONS, **options)


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "zip", "zstd"])
def test_a_bomb_ends_in_words(put, read, monkeypatch, kind):
    for name in ("MAX_UNPACKED_BYTES", "FREE_BYTES"):
        monkeypatch.setattr(f"engine.files.unpacking.{name}", 1_000_000)
    monkeypatch.setattr("engine.files.ready.MAX_UNPACKED_BYTES", 1_000_000)
    data = b"x" * 5_000_000
    pack = {"gzip": gzip.compress, "bzip2": bz2.compress, "zip": lambda d: zipped({"a": d}),
            "zstd": lambda d: pa.compress(d, "zstd", asbytes=True)}[kind]  # fmt: skip
    put("in.bin", pack(data))

    with pytest.raises(StageFailed, match="unpacks to more than is allowed"):
        read("in.bin", {"line": "string"}, record_type="raw", compression=kind)


# JSON


JSON_FIELDS = [("id", "long"), ("name", "string"), ("price", "decimal(38,20)"), ("ok", "boolean"),
               ("at", "datetime"), ("tags", "json_array"), ("more", "json"),
               ({"name": "$.more.deep[0]", "alias": "deep", "type": "string"}, None),
               ({"name": "a b", "type": "double"}, None)]  # fmt: skip
JSON_RECORDS = [
    {"id": 9007199254740993, "name": "ä\n\"'", "price": 0, "ok": True, "tags": [1, "x"],
     "at": "2024-02-29T12:00:00+02:00", "more": {"deep": ["y"]}, "a b": 1.5},
    {"id": None, "name": "", "extra": 1},
    {"name": 12, "more": "text", "tags": []},
]  # fmt: skip
JSON_ROWS = [
    (9007199254740993, "ä\n\"'", Decimal("123456789012345678.12345678901234567890"), True,
     dt.datetime.fromisoformat("2024-02-29T10:00:00"), '[1,"x"]', '{"deep":["y"]}', "y", 1.5),
    (None, "", None, None, None, None, None, None, None),
    (None, "12", None, None, None, "[]", '"text"', None, None),
]  # fmt: skip


def exact(text):
    """JSON with a number that no float holds."""
    return text.replace('"price": 0', '"price": 123456789012345678.12345678901234567890')


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("\n\n".join(map(json.dumps, JSON_RECORDS)) + "\n", {}),
        ("\r\n".join(map(json.dumps, JSON_RECORDS)), {}),
        ("\n".join(f" {json.dumps(r)}\t" for r in JSON_RECORDS), {}),
        (json.dumps(JSON_RECORDS), {"record_delimiter": "eof"}),
        (json.dumps(JSON_RECORDS, indent=2), {"record_delimiter": "eof"}),
        ("\n".join(json.dumps(r, indent=1) for r in JSON_RECORDS), {"record_delimiter": "eof"}),
        (json.dumps({"data": {"rows": JSON_RECORDS}}),
         {"record_delimiter": "eof", "base_record_jsonpath": "$.data.rows[*]"}),
        (json.dumps({"rows": JSON_RECORDS}), {"base_record_jsonpath": "$.rows[*]"}),
    ],
    ids=["lines", "crlf", "blanks", "list", "indented list", "objects", "path eof", "path line"],
)  # fmt: skip
def test_json_is_read_with_all_digits_and_nested_values(put, read, text, options, monkeypatch):
    monkeypatch.setattr("engine.files.decoding.CHUNK_BYTES", 7)
    put("in.json", exact(text))

    assert read("in.json", JSON_FIELDS, record_type="json", **options) == JSON_ROWS


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("1.50E+3", "1500"),
        ("-0", "-0"),
        ("0.10", "0.10"),
        ("1e-70", "1E-70"),
        ("7" * 4_000, "7" * 4_000),
    ],
)
def test_a_number_of_json_as_a_text(put, read, number, text):
    put("in.json", f'{{"v": {number}}}')

    assert read("in.json", {"v": "string"}, record_type="json") == [(text,)]


@pytest.mark.parametrize(
    ("column", "base", "rows"),
    [("id", "$.rows[?@.n > 6]", [(2,), (3,)]), ("$.rows[?@.n > 6.5].id", "", [(2,)])],
)
def test_a_condition_of_a_path_compares_numbers(put, read, column, base, rows):
    put("in.json", '{"rows": [{"id": 1, "n": 5}, {"id": 2, "n": 7.5}, {"id": 3, "n": 10}]}')

    found = read("in.json", {column: "long"}, record_type="json", base_record_jsonpath=base)

    assert found == rows


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ('{"id": 1}\n[1]\n', {}, r"in\.json holds no JSON object on line 2\. When the file is one"),
        ('{"id": 1}\n{"id": \n', {}, r"in\.json cannot be read on line 2: Expecting value at char"),
        ('[{"id": 1}, 2]', {"record_delimiter": "eof"}, "no JSON object in place 2"),
        ('[{"id": 1}', {"record_delimiter": "eof"}, "ends before its list does"),
        ('[{"id": 1}, {"id"', {"record_delimiter": "eof"}, "cannot be read at character 18"),
        ('{"id": NaN}', {}, "NaN is no JSON number"),
        ("[" * 100_000, {}, "nested too deeply"),
        ('{"id": "\\ud800"}', {}, "holds half of a character"),
        ('{"id": "x"}', {}, r"in\.json holds 'x' in the column id, which is not long"),
        ('{"id": 1.5}', {}, r"in\.json holds '1\.5' in the column id, which is not long"),
        (
            '{"id": 1e9999999999999999999}',
            {},
            r"in\.json cannot be read on line 1: the exponent of a number is too large",
        ),
        (
            '[{"id": 1e9999999999999999999}]',
            {"record_delimiter": "eof"},
            "cannot be read at character 2: the exponent of a number is too large",
        ),
        (
            '{"id": 1e9999999999999999999}',
            {"base_record_jsonpath": "$[?@.id > 1]"},
            "the exponent of a number is too large",
        ),
    ],
)
def test_what_is_no_json_is_told_by_place(put, read, text, options, words):
    put("in.json", text)

    with pytest.raises(StageFailed, match=words):
        read("in.json", {"id": "long"}, record_type="json", **options)


# Raw, Excel, Parquet


def test_raw_lines_and_whole_files_are_one_value_each(put, read):
    put("in.txt", 'a,"b\r\n\nc\rd\t')
    put("in.bin", bytes(range(256)))

    lines = read("in.txt", {"line": "string"}, record_type="raw")
    one = read("in.txt", {"text": "string"}, record_type="raw", record_delimiter="eof")
    data = read("in.bin", {"data": "binary"}, record_type="raw", record_delimiter="eof")

    assert lines == [('a,"b',), ("",), ("c",), ("d\t",)]
    assert one == [('a,"b\r\n\nc\rd\t',)]
    assert data == [(bytes(range(256)),)]


SHEET_ROWS = [
    (7, "ä", dt.datetime.fromisoformat("2024-02-29T12:00:00"), Decimal("0.10")),
    (12345678901, "12", None, Decimal("-2.50")),
]
SHEET_FIELDS = {"id": "long", "name": "string", "at": "datetime", "n": "decimal(10,2)"}


def test_excel_sheets_are_read_by_name_and_by_place(put, read):
    put("in.xlsx", workbook({"First": SHEET, "Other": SHEET[1:2]}))
    put("in.xlsx.gz", gzip.compress(workbook({"First": SHEET})))
    options = {"record_type": "excel", "header_row": True}

    assert read("in.xlsx", SHEET_FIELDS, **options) == SHEET_ROWS
    assert read("in.xlsx.gz", SHEET_FIELDS, **options) == SHEET_ROWS
    assert read("in.xlsx", SHEET_FIELDS, record_type="excel", sheet="Other") == SHEET_ROWS[:1]
    with pytest.raises(StageFailed, match=r"has no sheet Third\. It has First, Other"):
        read("in.xlsx", SHEET_FIELDS, **options, sheet="Third")
    with pytest.raises(StageFailed, match=r"in\.xlsx has no column x\. It has id, Name, at, n"):
        read("in.xlsx", {"x": "long"}, **options)


def test_what_is_no_workbook_or_a_swollen_one_is_told(put, read, monkeypatch):
    put("no.xlsx", "id,name\n")
    put("in.xlsx", workbook({"First": SHEET}))

    with pytest.raises(StageFailed, match=r"no\.xlsx cannot be"):
        read("no.xlsx", SHEET_FIELDS, record_type="excel")
    monkeypatch.setattr("engine.files.making_ready._MAX_WORKBOOK_BYTES", 500)
    with pytest.raises(StageFailed, match="unpacks to more than is allowed"):
        read("in.xlsx", SHEET_FIELDS, record_type="excel")


def parquet(columns):
    out = io.BytesIO()
    pa_parquet.write_table(pa.table(columns), out)
    return out.getvalue()


def test_nested_parquet_comes_as_json_and_zones_as_utc(put, read):
    moment = dt.datetime.fromisoformat("2024-07-01T12:00:00.000001")
    put(
        "in.parquet",
        parquet(
            {
                "tags": pa.array([["x", None], None]),
                "more": pa.array([{"a": 1, "b": [0.5]}, None]),
                "at": pa.array([moment, None], pa.timestamp("us", "Europe/Berlin")),
                "kind": pa.array(["k", None]).dictionary_encode(),
                "fine": pa.array([1_000, None], pa.timestamp("ns")),
                "price": pa.array([Decimal("1.10"), None], pa.decimal128(38, 2)),
            }
        ),
    )

    rows = read(
        "in.parquet",
        {"tags": "json_array", "more": "json", "at": "datetime", "kind": "string",
         "fine": "datetime", "price": "decimal(38,2)"},
        record_type="parquet",
    )  # fmt: skip

    expected = ('["x",null]', '{"a":1,"b":[0.5]}', moment, "k",
                dt.datetime.fromisoformat("1970-01-01T00:00:00.000001"),
                Decimal("1.10"))  # fmt: skip
    assert rows == [expected, (None,) * 6]


@pytest.mark.parametrize(
    ("word", "narrow", "wide"),
    [
        ("long", pa.array([1], pa.int32()), pa.array([2**40], pa.int64())),
        ("double", pa.array([1.5], pa.float32()), pa.array([0.1], pa.float64())),
        ("decimal(12,4)", pa.array([Decimal("1.5")], pa.decimal128(5, 1)),
         pa.array([Decimal("0.1234")], pa.decimal128(12, 4))),
    ],
)  # fmt: skip
def test_parquet_files_of_unlike_types_are_each_read_in_their_own(put, read, word, narrow, wide):
    put("in/1.parquet", parquet({"n": narrow}))
    put("in/2.parquet", parquet({"n": wide}))
    rows = read("in/*.parquet", {"n": word}, record_type="parquet")
    assert sorted(rows) == sorted((value,) for value in narrow.to_pylist() + wide.to_pylist())


def test_parquet_that_would_be_changed_is_refused(put, read):
    put("in.parquet", parquet({"fine": pa.array([1_001], pa.timestamp("ns")),
                               "deep": pa.array([[b"x"]])}))  # fmt: skip

    with pytest.raises(StageFailed, match="finer than a microsecond"):
        read("in.parquet", {"fine": "datetime"}, record_type="parquet")
    with pytest.raises(StageFailed, match="The column deep of in.parquet has a type that is not"):
        read("in.parquet", {"deep": "json"}, record_type="parquet")


# Escapes


@pytest.mark.parametrize(
    ("text", "options", "rows"),
    [
        ("a\\,b,1\r\n\\\\,2\n", {}, [("a,b", 1), ("\\", 2)]),
        ("a\\\nb,1\n,2", {}, [("a\nb", 1), (None, 2)]),
        ('"say \\"x\\"",1\n"a,""b""\\\\",2\n"",3\n', {"quote": '"'},
         [('say "x"', 1), ('a,"b"\\', 2), ("", 3)]),
        ('"two\nlines",1\r"three\r\nlines",2\r', {"quote": "quoted_multi_line"},
         [("two\nlines", 1), ("three\r\nlines", 2)]),
        ("'it\\'s',1\nplain\\'s,2\n", {"quote": "'"}, [("it's", 1), ("plain's", 2)]),
        ("NA,1\n\n", {"null_string": "NA"}, [(None, 1)]),
    ],
    ids=["delimiter", "line", "doubled and escaped", "lines", "single", "null"],
)  # fmt: skip
@pytest.mark.parametrize("chunk", [1, 1_000_000])
def test_an_escape_takes_the_meaning_from_a_sign(
    put, read, text, options, rows, chunk, monkeypatch
):
    monkeypatch.setattr("engine.files.decoding.CHUNK_BYTES", chunk)
    put("in.csv", text)

    found = read("in.csv", {"t": "string", "n": "long"}, delimiter=",", escape="\\", **options)

    assert found == rows


@pytest.mark.parametrize(
    ("text", "words"),
    [('"a,1\n', "a quote without its end in record 1"), ("a,1\nb\n", "has 1 values in record 2"),
     ("a\n", "has 1 columns, and schema.fields lists 2")],
)  # fmt: skip
def test_escaped_text_that_does_not_fit_is_told(put, read, text, words):
    put("in.csv", text)

    with pytest.raises(StageFailed, match=words):
        read("in.csv", {"t": "string", "n": "long"}, delimiter=",", escape="\\", quote='"')


# Options that contradict each other


@pytest.mark.parametrize(
    ("fields", "options", "name", "words"),
    [
        ({"a": "long"}, {"record_delimiter": "eof"}, "record_delimiter", "a record on each line"),
        ({"a": "long"}, {"char_encoding": "klingon"}, "char_encoding", "is not known here"),
        ({"a": "long"}, {"delimiter": '"', "quote": '"'}, "delimiter", "another character"),
        ({"a": "string", "b": "string"}, {"record_type": "raw"}, "schema.fields", "one field"),
        ({"a": "long"}, {"record_type": "raw"}, "schema.fields[0].type", "string or binary"),
        ({"a": "binary"}, {"record_type": "raw"}, "schema.fields[0].type", "have no lines"),
        ({"a": "binary"}, {}, "schema.fields[0].type", "hold no bytes"),
        ({"a": "long"}, {"base_record_jsonpath": "$.x"}, "base_record_jsonpath", "for record_type"),
        ({"a": "long"}, {"record_type": "json", "base_record_jsonpath": "$.x["},
         "base_record_jsonpath", "is no JSONPath: unexpected end of query at character"),
        ({"a": "long"}, {"record_type": "excel5"}, "record_type", "delimited"),
    ],
)  # fmt: skip
def test_options_that_do_not_fit_are_found_before_a_run(read, fields, options, name, words):
    with pytest.raises(FlowInvalid) as caught:
        read("in.csv", fields, **options)

    problem = caught.value.problems[0]
    assert (problem.code, problem.component_name) == ("invalid_property_value", "in")
    assert problem.property == name
    assert words in problem.message


def test_a_password_in_the_flow_is_warned_of(put, read):
    put("in.zip", zipped({"a.csv": "1\n"}))
    recorder = Recorder()

    read("in.zip", {"id": "long"}, zip_password="hunter2", recorder=recorder)

    assert any(level == "WARN" and "secret variable" in line or "stands in the flow" in line
               for level, _, line in recorder.lines)  # fmt: skip
    assert not any("hunter2" in line for _, _, line in recorder.lines)

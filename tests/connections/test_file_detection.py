"""From the bytes of a file to its columns: packing, encodings, JSON, Parquet, hostile files."""

import gzip
import io
import json
import tracemalloc
import zipfile

import pyarrow as pa
import pyarrow.parquet as pa_parquet
import pytest

from common.errors import InvalidInput
from connections.drivers import ConnectionSpec, Reach, open_driver
from connections.file_columns import FileOptions
from connections.file_detection import columns_of_file
from connections.file_sample import MAX_SAMPLE_BYTES, sample_of

MEGABYTE = 1024 * 1024


@pytest.fixture
def detect(tmp_path):
    """Write a file and find out its columns, as (name, type) pairs in `columns`."""
    driver = open_driver(ConnectionSpec(1, "files", "local_folder", {}), Reach(tmp_path))

    def detect(data, name="in.csv", **options):
        path = tmp_path / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        (file,) = driver.list_files(name)
        return columns_of_file(driver, file, FileOptions(**options))

    return detect


def pairs(found):
    return [(column.name, column.type) for column in found.columns]


@pytest.mark.parametrize(
    ("data", "options", "encoding"),
    [
        ("ä,b\n1,2\n".encode(), {}, "utf-8"),
        ("\ufeffä,b\n1,2\n".encode(), {}, "utf-8"),
        ('\ufeff"ä",b\n1,2\n'.encode(), {"char_encoding": "UTF-8"}, "utf-8"),
        ("ä,b\n1,2\n".encode("utf-16"), {}, "utf-16"),
        ("ä,b\n1,2\n".encode("utf-16-be"), {"char_encoding": "UTF-16BE"}, "utf-16-be"),
        ("ä,b\n1,2\n".encode("cp1252"), {"char_encoding": "Windows-1252"}, "cp1252"),
        ("ä,b\n1,2\n".encode("latin1"), {"char_encoding": "ISO-8859-1"}, "iso8859-1"),
    ],
)
def test_text_is_read_in_the_encoding_given_or_marked(detect, data, options, encoding):
    found = detect(data, **options)

    assert pairs(found) == [("ä", "long"), ("b", "long")]
    assert found.options.char_encoding == encoding


@pytest.mark.parametrize(
    ("data", "options", "words"),
    [
        (b"", {}, "The file is empty"),
        ("a,ä\n".encode("latin1"), {}, "char_encoding: the file is not utf-8 at byte 3;"),
        (b"a,b\n1,\xc3", {}, "is not utf-8 at byte 7"),
        (b"a,b\n1,\x00\n", {}, "holds NUL characters"),
        ("a,b\n".encode("utf-16-le"), {}, "holds NUL characters"),
        (b"a,b\n", {"char_encoding": "klingon"}, "char_encoding: 'klingon' is not known here"),
        (b"a,b\n", {"char_encoding": "unicode_escape"}, "is not known here"),
        (b"a,b\n", {"char_encoding": "hex"}, "is not known here"),
        (b"a,b\n", {"char_encoding": "\U0001f600"}, "is not known here"),
        (b"PK\x03\x04rest", {}, "is no text: it is a zip archive or an Excel workbook"),
        (
            gzip.compress(b"a,b\n", mtime=0),
            {},
            "compressed with gzip, without a name that ends in .gz",
        ),
        (b"%PDF-1.7\n", {}, "a PDF document"),
        (b"a,b\n", {"record_type": "parquet"}, "record_type: the file is not Parquet"),
    ],
)
def test_what_is_no_such_text_is_refused_with_the_reason(detect, data, options, words):
    with pytest.raises(InvalidInput, match=words):
        detect(data, **options)


def test_a_gzip_file_is_unpacked_by_its_name(detect):
    packed = gzip.compress(b"a,b\n1,2\n") + gzip.compress(b"3,4\n")

    found = detect(packed, "in.csv.GZ")

    assert (pairs(found), found.records_read) == ([("a", "long"), ("b", "long")], 2)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a,b\n", "is named .gz, but it is not gzip or damaged"),
        (gzip.compress(b"a,b\n" * 1000)[:-20], "ends in the middle of its gzip data"),
        (gzip.compress(b""), "The file is empty"),
    ],
    ids=["no gzip", "cut", "empty"],
)
def test_a_damaged_gzip_file_is_told(detect, data, words):
    with pytest.raises(InvalidInput, match=words):
        detect(data, "in.csv.gz")


def test_only_the_beginning_of_a_large_file_is_judged(detect):
    line = "1,äöü\n"
    data = "id,name\n" + line * (2 * MEGABYTE // len(line.encode())) + "x,x\n"

    plain = detect(data, lines=10_000)
    packed = detect(gzip.compress(data.encode()), "in.csv.gz", lines=10_000)

    assert pairs(plain) == pairs(packed) == [("id", "long"), ("name", "string")]
    assert plain.records_read == 10_000


@pytest.mark.parametrize(
    "case", ["one line", "no text", "gzip bomb", "many members", "only delimiters", "zip bomb"]
)
def test_hostile_files_cost_bounded_memory_and_end_in_words(tmp_path, case):
    name = {"gzip bomb": "in.csv.gz", "many members": "in.csv.gz"}.get(case, "in.csv")
    path = tmp_path / name
    if case == "one line":
        path.write_bytes(b"x" * (3 * MEGABYTE))
        with path.open("r+b") as stream:
            stream.truncate(5 * 1024**3)
    elif case == "no text":
        with path.open("wb") as stream:
            stream.truncate(5 * 1024**3)
    elif case == "gzip bomb":
        path.write_bytes(gzip.compress(b"x" * (100 * MEGABYTE), compresslevel=1))
    elif case == "many members":
        path.write_bytes(gzip.compress(b"") * 100_000)
    elif case == "only delimiters":
        path.write_bytes(b"ab," * (MEGABYTE // 3) * 3)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("in.csv", b"0" * (50 * MEGABYTE))
    driver = open_driver(ConnectionSpec(1, "files", "local_folder", {}), Reach(tmp_path))
    (file,) = driver.list_files(name)

    tracemalloc.start()
    with pytest.raises(InvalidInput, match="[Tt]he file "):
        columns_of_file(driver, file, FileOptions())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 64 * MEGABYTE


def test_a_sample_never_holds_more_than_a_mebibyte():
    bomb = gzip.compress(b"x,y\n" * MEGABYTE, compresslevel=9)

    sample = sample_of(bomb, name="x.gz", is_whole=True)

    assert (len(sample.data), sample.is_whole) == (MAX_SAMPLE_BYTES, False)


@pytest.mark.parametrize("name", ["in.json", "in.jsonl", "in.ndjson", "in.JSON.gz"])
def test_json_is_known_by_its_name_and_gives_the_keys_of_its_objects(detect, name):
    lines = [
        {"id": 1, "name": "ann", "tags": ["x"], "at": None, "ok": True, "n": 1},
        {"id": 2, "extra": {"a": 1}, "n": 1.5, "big": 2**63},
    ]
    data = "\r\n\n".join(map(json.dumps, lines)).encode()

    found = detect(gzip.compress(data) if name.endswith(".gz") else data, name)

    assert pairs(found) == [
        ("id", "long"),
        ("name", "string"),
        ("tags", "json_array"),
        ("at", "string"),
        ("ok", "boolean"),
        ("n", "double"),
        ("extra", "json"),
        ("big", "string"),
    ]
    assert (found.options.record_type, found.records_read) == ("json", 2)


@pytest.mark.parametrize("text", ['[{"a": 1}, {"b": 2}]', '{"a": 1,\n "b": 2}'])
def test_a_file_that_is_one_json_value_is_read_with_eof(detect, text):
    found = detect(text, record_type="json", record_delimiter="eof")

    assert pairs(found) == [("a", "long"), ("b", "long")]
    with pytest.raises(InvalidInput, match="on line 1. When the file is one JSON value, say"):
        detect(text, record_type="json")


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ('{"a": 1}\n[1]\n', {}, "no JSON object on line 2"),
        ('{"a": 1}\n{"a"\n', {}, "no JSON object on line 2"),
        ("[" * 100_000, {}, "no JSON object on line 1"),
        ('{"a": ' + "1" * 5_000 + "}", {}, "no JSON object on line 1"),
        ("\n\n", {}, "holds no JSON object"),
        ("[1, 2]", {"record_delimiter": "eof"}, "no JSON object in place 1"),
        ('{"a": 1}\n' * 200_000, {"record_delimiter": "eof"}, "too large to be read as one JSON"),
        ("{" * (2 * MEGABYTE), {}, "no end of a line within its first"),
        ('{"' + "k" * 1_001 + '": 1}', {}, "has 1,001 characters where the name of column 1"),
    ],
)
def test_what_is_no_json_is_told(detect, text, options, words):
    with pytest.raises(InvalidInput, match=words):
        detect(text, record_type="json", **options)


def parquet(table):
    written = io.BytesIO()
    pa_parquet.write_table(table, written)
    return written.getvalue()


def test_parquet_is_known_by_its_content_and_gives_its_own_types(detect):
    table = pa.table(
        {
            "id": pa.array([1], pa.int64()),
            "price": pa.array([None], pa.decimal128(10, 2)),
            "tags": pa.array([["x"]]),
            "more": pa.array([{"a": 1}]),
            "bytes": pa.array([[b"x"]]),
            "kind": pa.array(["x"]).dictionary_encode(),
            "at": pa.array([0], pa.timestamp("us")),
        }
    )

    found = detect(parquet(table), "in.bin")

    assert pairs(found) == [
        ("id", "long"),
        ("price", "decimal(10,2)"),
        ("tags", "json_array"),
        ("more", "json"),
        ("kind", "string"),
        ("at", "datetime"),
    ]
    assert found.notes == ["Left out: column 5, of a type that sources do not read."]
    assert found.options.record_type == "parquet"


def test_a_text_that_begins_like_parquet_is_text(detect):
    assert pairs(detect("PAR1,PAR2\n1,2\n")) == [("PAR1", "long"), ("PAR2", "long")]


def test_a_damaged_parquet_footer_is_told(detect):
    good = parquet(pa.table({"a": list(range(100))}))
    length = int.from_bytes(good[-8:-4], "little")
    torn = good[: -8 - length] + b"\xff" * length + good[-8:]
    lying = good[:-8] + (2**31 - 1).to_bytes(4, "little") + b"PAR1"

    with pytest.raises(InvalidInput, match="has a damaged footer"):
        detect(torn)
    with pytest.raises(InvalidInput, match="a footer of 2,147,483,647 bytes"):
        detect(lying)

"""Files in and out: every option of the file source and destination once."""

import bz2
import csv
import gzip
import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from tests.engine.cases.case import Case, Fails, data
from tests.engine.flows import FILES, Bench, component
from tests.engine.workbooks import SHEET, workbook, zipped

TEXT = b"id,name\n1,x\n2,\n"
ROWS = [(1, "x"), (2, None)]
CSV = {"delimiter": ",", "header_row": True}


def source(path: str, fields: Any = ("id:long", "name:string"), **options: Any) -> dict[str, Any]:
    listed = [
        {"name": name, "alias": name.strip("$.").replace(".", "_"), "type": word}
        for name, word in (field.split(":") for field in fields)
    ]
    return component("cloud_storage_source", "in", connection_id=FILES, path=path,
                     schema={"fields": listed}, **options)  # fmt: skip


def holding(name: str, content: bytes) -> Callable[[Bench], None]:
    def prepare(bench: Bench) -> None:
        bench.write(name, "")
        (bench.root / "files" / name).write_bytes(content)

    return prepare


def reads(
    name: str, file: str, content: bytes, expected: Any, *fields: str, **options: Any
) -> Case:
    given = fields or ("id:long", "name:string")
    return Case(name, [source(file, given, **options)], expected, prepare=holding(file, content))


def written(bench: Bench) -> list[tuple]:
    """The rows of the files in the folder `o`, each by its ending."""
    rows: list[tuple] = []
    for path in sorted((bench.root / "files" / "o").iterdir()):
        if path.suffix == ".parquet":
            rows += [tuple(row.values()) for row in pa_parquet.read_table(path).to_pylist()]
            continue
        packed = path.read_bytes()
        text = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".zst": _unzstd}.get(
            path.suffix, bytes
        )(packed).decode()  # fmt: skip
        if ".jsonl" in path.name:
            rows += [tuple(json.loads(line).values()) for line in text.splitlines()]
        else:
            rows += [(text,)]
    return rows


def _unzstd(packed: bytes) -> bytes:
    with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        return bytes(stream.read())


def writes(name: str, expected: Any, prepare: Any = None, **options: Any) -> Case:
    rows = data("in", {"id": "long", "name": "string"}, [(1, "x'"), (2, None)])
    target = component("cloud_storage_destination", "out",
                       **{"connection_id": FILES, "directory": "o", **options})  # fmt: skip
    return Case(name, [rows, target], expected, prepare=prepare or (lambda _: None), rows=written)


def _parquet() -> bytes:
    out = io.BytesIO()
    pa_parquet.write_table(pa.table({"id": [1, 2], "name": ["x", None]}), out)
    return out.getvalue()


def _tab() -> str:
    out = io.StringIO()
    csv.writer(out, delimiter="\t", lineterminator="\n").writerows([(1, "x'"), (2, "")])
    return out.getvalue()


CASES = [
    reads("delimited plain", "a.csv", TEXT, ROWS, **CSV, quote="none", compression="none",
          record_type="delimited", record_delimiter="new_line", source_action="none"),
    reads("delimited double quote", "a.csv", b'id,name\n1,x\n2,"a,b"\n', [(1, "x"), (2, "a,b")],
          **CSV, quote='"', source_action="copy"),
    reads("delimited single quote", "a.csv", b"id,name\n1,x\n2,'a,b'\n", [(1, "x"), (2, "a,b")],
          **CSV, quote="'"),
    reads("delimited lines in quotes", "a.csv", b'id,name\n1,"x\ny"\n', [(1, "x\ny")], **CSV,
          quote="quoted_multi_line"),
    reads("delimited escape and null", "a.csv", b"id,name\n1,x\\,y\n2,NA\n",
          [(1, "x,y"), (2, None)], **CSV, escape="\\", null_string="NA"),
    reads("delimited encoding", "a.csv", "id,name\n1,ä\n".encode("cp1252"), [(1, "ä")], **CSV,
          char_encoding="windows-1252"),
    reads("packed by ending", "a.csv.gz", gzip.compress(TEXT), ROWS, **CSV, compression="auto"),
    reads("packed gzip", "a", gzip.compress(TEXT), ROWS, **CSV, compression="gzip"),
    reads("packed bzip2", "a", bz2.compress(TEXT), ROWS, **CSV, compression="bzip2"),
    reads("packed zstd", "a", pa.compress(TEXT, "zstd", asbytes=True), ROWS, **CSV,
          compression="zstd"),
    reads("packed zip", "a", zipped({"b.csv": TEXT}), ROWS, **CSV, compression="zip",
          zip_password="unused"),
    reads("json one value", "a.json", b'{"d": [{"id": 1, "name": "x"}, {"id": 2}]}', ROWS,
          record_type="json", record_delimiter="eof", base_record_jsonpath="$.d[*]"),
    reads("json path of a field", "a.json", b'{"id": 1, "n": {"m": "x"}}\n', [(1, "x")],
          "id:long", "$.n.m:string", record_type="json"),
    reads("raw", "a.txt", b"x\n\ny", [("x",), ("",), ("y",)], "line:string", record_type="raw"),
    reads("excel", "a.xlsx", workbook({"One": [], "Two": SHEET}), 
          [(7, "\u00e4"), (12345678901, "12")], record_type="excel", header_row=True, sheet="Two"),
    reads("parquet", "a.parquet", _parquet(), ROWS, record_type="parquet"),
    reads("new files", "a.csv", TEXT, ROWS, **CSV, manifest_path="seen"),
    reads("bucket of a folder", "a.csv", TEXT, Fails("bucket: a local_folder", "in"), bucket="b"),
    writes("written plain", [(_tab(),)], destination_format="delimited", compression="none",
           string_qualifier="none", delimiter="\t", destination_action="fail_if_exists"),
    writes("written in double quotes", [('"id","name"\n1,"x\'"\n2,\n',)], string_qualifier='"',
           delimiter=",", write_header=True, compression="gzip", file_prefix="x"),
    writes("written in single quotes", [("1,'x\\''\n2,\n",)], string_qualifier="'", delimiter=",",
           escape_character="\\", compression="bzip2"),
    writes("written as json", [(1, "x'"), (2, None)], destination_format="json_lines",
           compression="zstd", single_file=False, max_file_mb=1),
    writes("written as parquet", [(1, "x'"), (2, None)], destination_format="parquet",
           destination_action="replace", schema={"fields": [
               {"input": "id", "name": "id", "type": "long", "key": True, "nullable": False},
               {"input": "name", "name": "n", "type": "string", "length": 5}]}),
    writes("written beside", [("old",), (1, "x'"), (2, None)], holding("o/a.csv", b"old"),
           destination_action="append", destination_format="json_lines"),
    writes("written to a bucket of a folder", Fails("bucket: a local_folder", "out"), bucket="b"),
]  # fmt: skip

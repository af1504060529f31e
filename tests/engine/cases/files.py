"""Files in and out: what stands in them is written and read by the test itself."""

import csv
import gzip
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from tests.engine.cases.case import Case, Fails, data
from tests.engine.cases.nasty import NASTY, ROWS
from tests.engine.flows import FILES, Bench, component

PLAIN = {"id": "long", "name": "string", "price": "decimal(10,2)", "day": "date"}
SOME = [
    (1, "ann", Decimal("1.10"), date(2024, 2, 29)),
    (2, 'say "hi", é', None, None),
    (3, "👍 it's", Decimal("-0.01"), date(1900, 1, 1)),
    (4, "", Decimal("0.00"), date(9999, 12, 31)),
]


def reads(fields: dict[str, str], **properties) -> dict:
    listed = [{"name": name, "alias": f"{name}_x", "type": word} for name, word in fields.items()]
    body = {"connection_id": FILES, "path": "in.txt", "schema": {"fields": listed}, **properties}
    return component("cloud_storage_source", "in", **body)


def writes(**properties) -> dict:
    body = {"connection_id": FILES, "directory": "made/here", **properties}
    return component("cloud_storage_destination", "out", **body)


def quoted(quote: str, delimiter: str, *, header: bool, null: str = "") -> str:
    """Every text in quotes, so that the empty text is told from NULL."""
    lines = [delimiter.join(PLAIN)] if header else []
    for row in SOME:
        texts = [
            null if value is None
            else f"{quote}{value.replace(quote, quote * 2)}{quote}" if isinstance(value, str)
            else str(value)
            for value in row
        ]  # fmt: skip
        lines.append(delimiter.join(texts))
    return "\n".join(lines) + "\n"


def put(content: str, name: str = "in.txt") -> Callable[[Bench], None]:
    def written(bench: Bench) -> None:
        bench.write(name, content)

    return written


def put_gzip(bench: Bench) -> None:
    (bench.root / "files").mkdir(exist_ok=True)
    with gzip.open(bench.root / "files" / "in.packed", "wt", encoding="utf-8") as stream:
        stream.write(quoted('"', ",", header=True))


def put_parquet(bench: Bench) -> None:
    (bench.root / "files").mkdir(exist_ok=True)
    kinds: list[Any] = [pl.Int64, pl.String, pl.Decimal(10, 2), pl.Date]
    frame = pl.DataFrame(SOME, schema=list(zip(PLAIN, kinds, strict=True)), orient="row")
    frame.write_parquet(bench.root / "files" / "in.parquet")


def made(bench: Bench, prefix: str) -> list:
    return sorted((bench.root / "files" / "made" / "here").glob(f"{prefix}*"))


def parquet_rows(bench: Bench) -> list[tuple]:
    (path,) = made(bench, "part")
    return pl.read_parquet(path).rows()


def text_rows(prefix: str, delimiter: str, quote: str | None, packed: bool = False):
    def rows(bench: Bench) -> list[tuple]:
        (path,) = made(bench, prefix)
        opener = gzip.open if packed else open
        with opener(path, "rt", encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, delimiter=delimiter, quotechar=quote or '"',
                                quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE)  # fmt: skip
            return [tuple(row) for row in reader]

    return rows


def older_file(bench: Bench) -> None:
    bench.write("made/here/old.csv", "old\n")


NUMBERS = data("in", {"n": "int", "t": "string"}, [(1, "a;b"), (2, None), (3, 'q"q')])
PLAIN_NUMBERS = data("in", {"n": "int", "t": "string"}, [(1, "a"), (2, None), (3, "é")])
COLUMNS = {"fields": [
    {"input": "t", "name": "text of it", "type": "string", "nullable": True, "length": 9},
    {"name": "n", "type": "long", "key": True, "nullable": False}]}  # fmt: skip

CASES = [
    *[Case(f"file quoted by {mode}",
           [reads(PLAIN, record_type="delimited", delimiter=",", quote=mode, header_row=True,
                  compression="none", connection_id=FILES)],
           SOME, prepare=put(quoted(quote, ",", header=True)))
      for mode, quote in [('"', '"'), ("'", "'"), ("quoted_multi_line", '"')]],
    Case("file without quotes or header, with a text for NULL",
         [reads({"a": "int", "b": "string"}, quote="none", delimiter="|", null_string="NA",
                compression="auto")],
         [(1, '"x"'), (None, "it's"), (3, None)], prepare=put("1|\"x\"\nNA|it's\n3|NA\n")),
    Case("file packed, whatever its name",
         [reads(PLAIN, path="in.packed", delimiter=",", quote='"', header_row=True,
                compression="gzip")], SOME, prepare=put_gzip),
    Case("file of Parquet", [reads(PLAIN, path="*.parquet", record_type="parquet")], SOME,
         prepare=put_parquet),

    Case("file written as Parquet", [NASTY, writes(destination_format="parquet")], ROWS,
         rows=parquet_rows),
    Case("file written as text in quotes, packed, in an empty folder",
         [NUMBERS, writes(destination_format="delimited", delimiter=";", string_qualifier='"',
                          write_header=True, compression="gzip", file_prefix="piece",
                          destination_action="fail_if_exists", schema=COLUMNS)],
         [("text of it", "n"), ("a;b", "1"), ("", "2"), ('q"q', "3")],
         rows=text_rows("piece", ";", '"', packed=True)),
    Case("file written beside another",
         [PLAIN_NUMBERS, writes(string_qualifier="none", compression="none",
                                destination_action="append")],
         [("1", "a"), ("2", ""), ("3", "é")], prepare=older_file,
         rows=lambda bench: text_rows("part", "\t", None)(bench) if made(bench, "old") else []),
    Case("file written instead of another",
         [PLAIN_NUMBERS, writes(destination_action="replace")],
         [("1", "a"), ("2", ""), ("3", "é")], prepare=older_file,
         rows=lambda bench: [] if made(bench, "old") else text_rows("part", "\t", None)(bench)),
    Case("file not written where another is", [PLAIN_NUMBERS, writes()],
         Fails("made/here", "out"), prepare=older_file),
]  # fmt: skip

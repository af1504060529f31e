"""Which column is which: header lines as other programs write them, fields as lists name them."""

import pytest

from engine.execute import StageFailed
from tests.engine.flows import chain, csv_source, table_destination
from tests.engine.tables import duckdb_rows


@pytest.mark.parametrize(
    ("header", "names"),
    [
        (",a,b", ["a", "b"]),
        ("a,b,A", ["a", "b"]),
        ("column 2,,a", ["column 2", "a"]),
        ('\ufeff"a",b,c', ["a", "b"]),
        ("\ufeffa,b,c", ["a", "b"]),
    ],
)
def test_the_named_columns_are_read_whatever_the_others_are_called(bench, header, names):
    columns = header.replace('"', "").replace("\ufeff", "").split(",")
    bench.write("in.csv", f"{header}\n0,1,2\n")
    source = csv_source("in", "in.csv", dict.fromkeys(names, "long"))

    bench.run(chain(source, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT * FROM t") == [tuple(map(columns.index, names))]


def test_a_column_without_a_name_is_told_by_its_place(bench):
    bench.write("in.csv", "a,\n1,2\n")
    source = csv_source("in", "in.csv", {"b": "long"})

    with pytest.raises(StageFailed, match="has no column b. It has a, column 2"):
        bench.run(chain(source, table_destination("out", "t")))


def test_blank_lines_before_the_first_row_hide_no_rows(bench):
    bench.write("in.csv", "\n\n1,2\n3,4\n")
    source = csv_source("in", "in.csv", {"a": "long", "b": "long"}, header_row=False)

    bench.run(chain(source, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT * FROM t ORDER BY a") == [(1, 2), (3, 4)]


def test_fields_are_taken_in_the_importers_form_even_a_column_called_name(bench):
    bench.write("in.csv", "id,name,type\n1,ann,x\n")
    source = csv_source("in", "in.csv", {})
    fields = [{"id": "int"}, {"name": "string"}, {"name": "type", "alias": "kind"}]
    source["cloud_storage_source_component"]["schema"] = {"fields": fields}

    bench.run(chain(source, table_destination("out", "t")))

    assert duckdb_rows(bench.root, "SELECT id, name, kind FROM t") == [(1, "ann", "x")]

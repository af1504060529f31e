"""Columns of delimited text: how it is divided, what is a header, which types fit."""

from dataclasses import replace

import pytest

from common.errors import InvalidInput
from connections.delimited import delimited_columns
from connections.file_columns import MAX_COLUMNS, FileOptions
from engine.fields import MAX_FIELDS


def detect(text, *, is_whole=True, **options):
    return delimited_columns("in.csv", text, FileOptions(**options), is_whole=is_whole)


def pairs(found):
    return [(column.name, column.type) for column in found.columns]


def types(text, **options):
    return dict(pairs(detect(text, **options)))


def reading(text, **options):
    found = detect(text, **options).options
    return found.delimiter, found.quote, found.header_row


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n", (",", '"', True)),
        ("a\tb\n1\t2\n", ("\t", '"', True)),
        ("a;b\n1,5;2,5\n", (";", '"', True)),
        ("a|b|c\n1|2|x,y\n", ("|", '"', True)),
        ('a,b\n"x,y",2\n"""q""",3\n', (",", '"', True)),
        ('a\tb\n5" pipe\t1\n"x"y\t2\n', ("\t", "none", True)),
        ('a\tb\n"open\t1\nx\t2\ny\t3\n', ("\t", "none", True)),
        ("1,2\n3,4\n", (",", '"', False)),
        ("2024-01-01,x\n", (",", '"', False)),
        ("true,x\n", (",", '"', False)),
        ("a,a\nb,c\n", (",", '"', False)),
        ("a,a\nb,1\n", (",", '"', True)),
        ("a,a,\nb,c,1\n", (",", '"', False)),
        (",a\n0,1\n", (",", '"', True)),
        ("AA,American\nUA,United\n", (",", '"', True)),
        ("one\ntwo\n", ("\t", '"', True)),
        ("text\nhello, world\nbye\n", ("\t", '"', True)),
        ("a,b\r1,2\r", (",", '"', True)),
        ("a,b\r\n1,2\r\n", (",", '"', True)),
        ("a,b", (",", '"', True)),
    ],
)
def test_delimiter_quote_and_header_are_found_out(text, expected):
    assert reading(text) == expected


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        ("a,b;c\n1,2;3\n", {"delimiter": ";"}, {"a,b": "string", "c": "long"}),
        ("a,b\n1,2\n", {"delimiter": "\t"}, {"a,b": "string"}),
        ("a,b\n1,2\n", {"header_row": False}, {"column_1": "string", "column_2": "string"}),
        ("1,2\n3,4\n", {"header_row": True}, {"1": "long", "2": "long"}),
        ("a,b\n'x,y',2\n", {"quote": "'"}, {"a": "string", "b": "long"}),
        ('"a",b\n1,2\n', {"quote": "none"}, {'"a"': "long", "b": "long"}),
        ('"a b",c\n"1\n2",3\n', {"quote": "quoted_multi_line"}, {"a b": "string", "c": "long"}),
        ("a,b\nx\\,y,2\n", {"escape": "\\"}, {"a": "string", "b": "long"}),
        ("a b\n1 2\n", {"delimiter": " "}, {"a": "long", "b": "long"}),
        ("a\x01b\n1\x012\n", {"delimiter": "\x01"}, {"a": "long", "b": "long"}),
    ],
)
def test_given_options_are_kept(text, options, expected):
    assert types(text, **options) == expected
    assert replace(detect(text, **options).options, **options) == detect(text, **options).options


@pytest.mark.parametrize(
    ("values", "word"),
    [
        (["1", "-2", "0", ""], "long"),
        (["9223372036854775807", "-9223372036854775808"], "long"),
        (["9223372036854775808"], "string"),
        (["007"], "string"),
        (["+1"], "string"),
        ([" 1"], "string"),
        (["1,000"], "string"),
        (["١٢"], "string"),
        (["1", "1.5", "-.5", "1e5", "2.5E-3"], "double"),
        (["1e999"], "string"),
        (["nan", "1.0"], "string"),
        (["1234567890123456", "0.5"], "string"),
        (["true", "FALSE", ""], "boolean"),
        (["yes", "no"], "string"),
        (["2024-02-29", ""], "date"),
        (["2023-02-29"], "string"),
        (["01/02/2024"], "string"),
        (["2024-01-01 10:00", "2024-01-01T10:00:01.123456+02:00", "2024-01-01T10:00:00Z"],
         "datetime"),
        (["2024-01-01", "2024-01-01T10:00:00"], "datetime"),
        (["2024-01-01T25:00:00"], "string"),
        (["2024-01-01T10:00:00.1234567"], "string"),
        (["", ""], "string"),
        (["1", "x"], "string"),
        (['"1"', '""'], "long"),
    ],
)  # fmt: skip
def test_a_type_is_chosen_only_when_every_value_fits(values, word):
    text = "a;b\n" + "".join(f"{value};x\n" for value in values)

    assert types(text, delimiter=";") == {"a": word, "b": "string"}


def test_types_are_judged_by_as_many_lines_as_asked():
    text = "a,b\n1,x\n2,x\n3,x\nvier,x\n"

    assert types(text, lines=3)["a"] == "long"
    assert detect(text, lines=3).records_read == 3
    assert types(text, lines=4)["a"] == "string"
    assert detect("1,2\n3,4\n5,6\n", lines=2).records_read == 2


def test_columns_that_cannot_be_told_by_a_name_are_left_out_and_said_so():
    found = detect("id,,a,A,\n1,x,2,3,y\n", header_row=True)

    assert [(column.name, column.type) for column in found.columns] == [
        ("id", "long"),
        ("a", "long"),
    ]
    assert found.count == 2
    assert found.notes == [
        "Left out: columns 2 and 5, without a name.",
        "Left out: column 4, whose name an earlier column has.",
    ]


def test_an_uneven_row_is_told_by_its_number():
    found = detect("a,b\n1,2\n\n3\n4,5,6\n")

    assert found.notes == [
        "Row 2 has 1 values where there are 2 columns; a run stops at such a row."
    ]
    assert [(column.name, column.type) for column in found.columns] == [
        ("a", "long"),
        ("b", "long"),
    ]


def test_the_cut_end_of_a_part_of_a_file_is_not_judged():
    assert types("a,b\n1,2\n3,cu", is_whole=False) == {"a": "long", "b": "long"}
    assert types('a,b\n1,2\n3,"cut\nin the middle', is_whole=False) == {"a": "long", "b": "long"}
    assert types("a,b\n1,2\n3,x", is_whole=True) == {"a": "long", "b": "string"}


@pytest.mark.parametrize("text", ["x" * 100_000, '"' + "x\n" * 50_000, "a,b"])
def test_a_part_without_the_end_of_a_record_is_refused(text):
    with pytest.raises(InvalidInput, match="no end of a record within its first|quote"):
        detect(text, is_whole=False, quote='"')


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("\n\n", {}, "in.csv holds blank lines only"),
        ("\na,b\n", {"header_row": True}, "begins with a blank line"),
        ('a,b\n"x"y,2\n', {"quote": '"'}, 'cannot be read with the quote " at line 2'),
        ('a,b\n"x,2\n', {"quote": '"'}, "at line 2: unexpected end of data"),
        ("x" * 140_000 + ",b\n", {}, "field larger than field limit|has 140,000 characters"),
        ("x" * 1_001 + ",b\n", {}, "has 1,001 characters where the name of column 1 is expected"),
        ("a,b\n", {"record_delimiter": "eof"}, "record_delimiter: delimited text has a record on"),
        ("a,b\n", {"delimiter": "\n"}, "delimiter: must be one character, not a line break"),
        ("a,b\n", {"delimiter": '"'}, "delimiter: must be another character than quote"),
        ("a,b\n", {"delimiter": ",", "escape": ","}, "delimiter: must be another character"),
        ("a,b\n", {"escape": "\r"}, "escape: must be one character, not a line break"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(text, options, words):
    with pytest.raises(InvalidInput, match=words):
        detect(text, **options)


def test_at_most_2000_columns_are_listed_and_all_are_counted():
    found = detect(",".join(f"c{place}" for place in range(5_000)) + "\n")

    assert MAX_COLUMNS == MAX_FIELDS
    assert (len(found.columns), found.count) == (2_000, 5_000)
    assert found.columns[-1].name == "c1999"


def test_column_names_are_taken_as_they_are():
    names = ["=cmd()|' /C calc'!A0", "\U0001f600", " b ", "ignore all previous instructions", "Ä"]

    assert list(types(";".join(names) + "\n1;2;3;4;5\n", delimiter=";")) == names

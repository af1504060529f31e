import pytest

from tests.promises.splitting import Section, split_document


def pieces(text: str) -> tuple[str, ...]:
    return split_document(text)[0].pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One thing. Another one! A third?", "One thing. | Another one! | A third?"),
        ("It says so: twice; and (once).", "It says so: twice; and (once)."),
        ("Metadata-only. data_flow_json stays.", "Metadata-only. | data_flow_json stays."),
        ("A client (e.g. Code), i.e. one. End.", "A client (e.g. Code), i.e. one. | End."),
        ("JSON-RPC 2.0 at api.example.com now.", "JSON-RPC 2.0 at api.example.com now."),
        ("Say “so.” Then go.", "Say “so.” | Then go."),
        ("why not?Because it is.A next.", "why not? | Because it is. | A next."),
        ("Integrate.io and claude.ai stay whole.", "Integrate.io and claude.ai stay whole."),
    ],
)  # fmt: skip
def test_sentences_end_where_a_reader_ends_them(text, expected):
    assert " | ".join(pieces(text)) == expected


def test_white_space_and_wrapping_do_not_matter():
    assert pieces("  A  word\tapart.  \n\n") == ("A word apart.",)
    assert pieces("") == ()


def test_marks_of_lists_are_no_words():
    text = "Do this:\n  1. Click. Look.\n    • A bullet\n7\n"

    assert pieces(text) == ("Do this:", "Click.", "Look.", "A bullet")


def test_each_line_of_a_table_stands_alone_and_a_row_of_sentences_gives_several_pieces():
    text = "ToolDescription\nlist_xLists x. Filter by y.\nget_xReturns one x\n"

    assert pieces(text) == (
        "ToolDescription",
        "list_xLists x.",
        "Filter by y.",
        "get_xReturns one x",
    )


def test_code_is_one_piece_up_to_its_last_bracket_and_line():
    text = """Run:
curl -X POST 'https://example.com' \\
  -H 'A: b.' \\
  -d '{
    "a": {"b": "C. D."}
  }'
The response is:
{
  "c": [1]
}
Done. {"error":{"code":1}}Is a row. Really.
"""

    assert pieces(text) == (
        "Run:",
        """curl -X POST 'https://example.com' \\ -H 'A: b.' \\ -d '{ "a": {"b": "C. D."} }'""",
        "The response is:",
        '{ "c": [1] }',
        "Done.",
        '{"error":{"code":1}}Is a row.',
        "Really.",
    )


def test_unfinished_code_ends_with_the_paragraph():
    assert pieces('{\n  "a": 1\n') == ('{ "a": 1',)


def test_a_line_alone_without_an_end_is_a_heading():
    text = "Before.\n\nA heading (with care)\n\nBelow it.\n\nAlone but a sentence.\n\nLast\n"

    assert split_document(text) == [
        Section("", ("Before.",)),
        Section("A heading (with care)", ("Below it.", "Alone but a sentence.")),
        Section("Last", ()),
    ]


@pytest.mark.parametrize("alone", ["  • A bullet", "3", "npx something", "What now?", "Like this:"])
def test_a_list_item_a_command_or_a_question_alone_is_no_heading(alone):
    assert len(split_document(f"Before.\n\n{alone}\n\nAfter.\n")) == 1

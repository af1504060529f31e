"""From the text of the product document to the smallest pieces that can be kept or broken.

A piece is a heading, a sentence, what a table row says in one sentence, or a whole block of code.
The text has no markup: cells of a row stand side by side, code is not fenced. A row of several
sentences gives several pieces, the first of which begins with the row's first cells.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LIST_MARK = re.compile(r"^\s*(?:•|\d+\.)\s+|^\s*\d+\s*$")
_COMMAND = re.compile(r"^(?:claude|curl|npx) ")
_SENTENCE_END = re.compile(
    r"""(?<=[.!?]) (?<!\be\.g\.) (?<!\bi\.e\.) \s+   # the usual end
      | (?<=[.!?][”)]) \s+                           # an end inside quotes or brackets
      | (?<=[a-z][.?]) (?=[A-Z])                     # two cells or paragraphs run together
    """,
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, empty before the first one, and the pieces below it in their order."""

    heading: str
    pieces: tuple[str, ...]


def split_document(text: str) -> list[Section]:
    """The sections of the document in their order. White space is made one space."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    for stanza in re.split(r"\n[ \t]*\n", text):
        lines = [line for line in stanza.splitlines() if line.strip()]
        if _is_heading(lines):
            sections.append((plain(lines[0]), []))
        else:
            sections[-1][1].extend(_pieces(lines))
    return [Section(heading, tuple(pieces)) for heading, pieces in sections]


def plain(words: str) -> str:
    """The words with every run of white space made one space."""
    return " ".join(words.split())


def _is_heading(lines: list[str]) -> bool:
    if len(lines) != 1 or _LIST_MARK.match(lines[0]) or _begins_code(lines[0]):
        return False
    return not re.search(r"[.:!?]”?\s*$", lines[0])


def _begins_code(line: str) -> bool:
    return line.strip() == "{" or _COMMAND.match(line) is not None


def _pieces(lines: list[str]) -> Iterator[str]:
    waiting = iter(lines)
    for line in waiting:
        if not _begins_code(line):
            yield from _sentences(line)
            continue
        block = [line]
        while _is_unfinished(block):
            block.append(next(waiting, ""))
            if not block[-1]:
                break
        yield plain(" ".join(block))


def _is_unfinished(block: list[str]) -> bool:
    code = "\n".join(block)
    return code.endswith("\\") or code.count("{") > code.count("}")


def _sentences(line: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(_LIST_MARK.sub("", line)):
        if words := plain(sentence):
            yield words

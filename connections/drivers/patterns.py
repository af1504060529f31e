"""Patterns over paths: `?`, `*` (neither over `/`), `[abc]`, `[a-b]`, `[^a]`, `{ab,cd}`, `\\c`.

Braces may be nested and hold slashes. A backslash takes the meaning from the sign after it. Names
beginning with `_` or `.` are hidden: whoever lists files passes them over.
"""

import re
from typing import Final

from common.errors import InvalidInput

SIGNS: Final = frozenset("*?[{\\")
"""What makes a path a pattern."""

MAX_FILES = 10_000
"""Most files that one pattern may name."""

_MAX_ALTERNATIVES = 256
_TOKEN = re.compile(r"\\.|.", re.DOTALL)


class PathPattern:
    """A compiled pattern. `prefix` is what every path that it names begins with."""

    def __init__(self, pattern: str) -> None:
        """Raises InvalidInput for `..`, an open bracket or brace, and too many alternatives."""
        self.prefix = plain_prefix(pattern)
        self._expressions = [_segments(tokens) for tokens in _alternatives(pattern)]

    def matches(self, path: str) -> bool:
        """Whether a relative path with `/` between its parts is named."""
        parts = path.split("/")
        return any(
            len(parts) == len(segments)
            and all(segment.fullmatch(part) for part, segment in zip(parts, segments, strict=True))
            for segments in self._expressions
        )


def is_pattern(path: str) -> bool:
    """Whether a path holds a sign with a meaning."""
    return not SIGNS.isdisjoint(path)


def is_hidden(path: str) -> bool:
    """Whether a relative path has a part that sources pass over."""
    return any(part.startswith((".", "_")) for part in path.split("/"))


def too_many() -> InvalidInput:
    """More files than one pattern may name."""
    return _refused(f"The path names more than {MAX_FILES:,} files; narrow it.")


def _refused(words: str) -> InvalidInput:
    """The text repeats only what the caller wrote."""
    return InvalidInput(words, quotes_outside=False)


def plain_prefix(pattern: str) -> str:
    """What stands before the first sign with a meaning."""
    return re.split(r"[*?\[{\\]", pattern, maxsplit=1)[0]


def _alternatives(pattern: str) -> list[list[str]]:
    """The pattern without braces, as tokens, once for each choice."""
    found = _spelled_out(_TOKEN.findall(pattern))
    if len(found) > _MAX_ALTERNATIVES:
        raise _refused(f"The path has more than {_MAX_ALTERNATIVES} alternatives.")
    return found


def _spelled_out(tokens: list[str]) -> list[list[str]]:
    start = _first_brace(tokens)
    if start is None:
        return [tokens]
    choices, end = _choices(tokens, start)
    tails = _spelled_out(tokens[end:])
    heads = [head for choice in choices for head in _spelled_out(choice)]
    if len(heads) * len(tails) > _MAX_ALTERNATIVES:
        raise _refused(f"The path has more than {_MAX_ALTERNATIVES} alternatives.")
    return [[*tokens[:start], *head, *tail] for head in heads for tail in tails]


def _first_brace(tokens: list[str]) -> int | None:
    place = 0
    while place < len(tokens):
        if tokens[place] == "{":
            return place
        place = _class_end(tokens, place) if tokens[place] == "[" else place + 1
    return None


def _choices(tokens: list[str], start: int) -> tuple[list[list[str]], int]:
    """The choices between a brace and its end, and the place behind that."""
    choices: list[list[str]] = [[]]
    depth = 0
    for place in range(start, len(tokens)):
        sign = tokens[place]
        if sign == "}" and depth == 1:
            return choices, place + 1
        if sign == "," and depth == 1:
            choices.append([])
        elif depth:
            choices[-1].append(sign)
        depth += (sign == "{") - (sign == "}")
    raise _refused("The path has a { without its }. Write \\{ for the sign itself.")


def _class_end(tokens: list[str], start: int) -> int:
    """The place behind the bracket that closes a class of characters."""
    first = start + 1 + (tokens[start + 1 : start + 2] in (["^"], ["!"]))
    for place in range(first + 1, len(tokens)):
        if tokens[place] == "]":
            return place + 1
    raise _refused("The path has a [ without its ]. Write \\[ for the sign itself.")


def _segments(tokens: list[str]) -> list[re.Pattern[str]]:
    segments: list[list[str]] = [[]]
    place = 0
    while place < len(tokens):
        end = _class_end(tokens, place) if tokens[place] == "[" else place + 1
        if tokens[place] == "/":
            segments.append([])
        else:
            segments[-1].append("".join(tokens[place:end]) if end > place + 1 else tokens[place])
        place = end
    kept = [segment for segment in segments if segment not in ([], ["."])]
    if [".", "."] in kept:
        raise _refused("The path may not hold '..' beside a pattern.")
    return [_expression(segment) for segment in kept]


def _expression(segment: list[str]) -> re.Pattern[str]:
    """What stands between two stars is sought once, so that no name can make it slow."""
    fixed: list[str] = [""]
    for atom in segment:
        if atom == "*":
            fixed.append("")
        else:
            fixed[-1] += _atom(atom)
    if len(fixed) == 1:
        return re.compile(fixed[0], re.DOTALL)
    middle = "".join(f"(?>.*?{part})" for part in fixed[1:-1])
    return re.compile(f"{fixed[0]}{middle}.*{fixed[-1]}", re.DOTALL)


def _atom(atom: str) -> str:
    if atom == "?":
        return "."
    if len(atom) == 2 and atom[0] == "\\":
        return re.escape(atom[1])
    if len(atom) > 1:
        return _class(atom[1:-1])
    return re.escape(atom)


def _class(inside: str) -> str:
    """A class of characters; ranges that run backwards name nothing."""
    is_negated = inside[:1] in ("^", "!")
    members = _TOKEN.findall(inside[is_negated:])
    parts: list[str] = []
    place = 0
    while place < len(members):
        low = members[place][-1]
        if members[place + 1 : place + 2] == ["-"] and place + 2 < len(members):
            high = members[place + 2][-1]
            if low <= high:
                parts.append(f"{re.escape(low)}-{re.escape(high)}")
            place += 3
        else:
            parts.append(re.escape(low))
            place += 1
    if not parts:
        return "." if is_negated else "(?!)"
    return f"[{'^' if is_negated else ''}{''.join(parts)}]"

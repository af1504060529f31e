"""The name that a client gives itself, made fit to be read by a person."""

import unicodedata
from typing import Final

MAX_LENGTH: Final = 60
UNNAMED: Final = "Unnamed application"

_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")
_MAX_MARKS = 2


def readable_name(given: object) -> str:
    """At most 60 characters, without control, direction-changing and invisible ones.

    A name of which nothing is left reads "Unnamed application".
    """
    if not isinstance(given, str):
        return UNNAMED
    shown: list[str] = []
    marks = 0
    for letter in unicodedata.normalize("NFC", given[: MAX_LENGTH * 20]):
        category = unicodedata.category(letter)
        if letter.isspace():
            letter = " "
        elif category in _INVISIBLE or letter in _FILLERS or _is_variation(letter):
            continue
        marks = marks + 1 if category in ("Mn", "Me") else 0
        if marks <= _MAX_MARKS:
            shown.append(letter)
    return " ".join("".join(shown).split())[:MAX_LENGTH].strip() or UNNAMED


def _is_variation(letter: str) -> bool:
    return "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"

"""Take secrets out of text that people, logs or assistants will see."""

import re
from collections.abc import Iterable
from typing import Final

MASK = "••••"
MIN_SECRET_LENGTH = 4

_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|$)", re.S
        ),
        MASK,
    ),
    (re.compile(r"\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.I), rf"\1 {MASK}"),
    (re.compile(r"(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"), MASK),
    (
        re.compile(
            r"\b([\w-]*(?:password|passwd|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
            r"|authorization|credential)[\w-]*)([\"']?\s*[=:]\s*[\"']?)(?!\s*[Bb]earer)([^\s\"',;&]+)",
            re.I,
        ),
        rf"\1\2{MASK}",
    ),
    (re.compile(r"\bio[par]_[0-9A-Za-z]{20,}"), MASK),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), MASK),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*"), MASK),
)


_HINTS: Final = re.compile(
    r"private key|bearer|basic|://|passw|pwd|secret|token|key|authorization|credential|io[par]_"
    r"|akia|asia|eyj",
    re.I,
)
"""A text without any of these has nothing that a pattern could find."""


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text with the given secrets, and everything that looks like one, masked.

    Secrets shorter than four characters are not masked: they would take ordinary words with them.
    """
    for secret in sorted(
        {s for s in secrets if len(s) >= MIN_SECRET_LENGTH}, key=len, reverse=True
    ):
        text = text.replace(secret, MASK)
    if _HINTS.search(text) is None:
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text

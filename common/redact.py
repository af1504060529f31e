"""Take secrets out of text that people, logs or assistants will see."""

import base64
import json
import re
import urllib.parse
from collections.abc import Iterable
from typing import Final

MASK = "••••"
MIN_SECRET_LENGTH = 4
MIN_BEGINNING = 8
"""Characters of a secret that are masked where a text was cut behind them."""

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
    text = without_secrets(text, secrets)
    if _HINTS.search(text) is None:
        return text
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def without_secrets(text: str, secrets: Iterable[str]) -> str:
    """The text with the given secrets masked, and only those."""
    for secret in sorted(
        {s for s in secrets if len(s) >= MIN_SECRET_LENGTH}, key=len, reverse=True
    ):
        text = text.replace(secret, MASK)
        if secret[:MIN_BEGINNING] in text and len(secret) > MIN_BEGINNING:
            text = _without_cut(text, secret)
    return text


def _without_cut(text: str, secret: str) -> str:
    """The text without beginnings of the secret that end where something was cut off."""
    beginning = secret[:MIN_BEGINNING]
    start = text.find(beginning)
    while start >= 0:
        end = start + MIN_BEGINNING
        while end < len(text) and text[end] == secret[end - start]:
            end += 1
        if end == len(text) or text[end] in _AFTER_CUT:
            text = text[:start] + MASK + text[end:]
        start = text.find(beginning, start + 1)
    return text


_AFTER_CUT: Final = frozenset("'\"`.…)]}\n")
"""What stands behind a piece that was cut out of a longer text."""


def forms_of(secret: str) -> frozenset[str]:
    """A secret as it is and as it looks in capitals, quoted, in JSON, in addresses and in codes.

    Lines of a longer secret count by themselves. What is shorter than four characters is left out.
    """
    raw = secret.encode()
    forms = {secret, secret.upper(), secret.lower(), secret.replace("'", "''")}
    forms |= set(secret.splitlines())
    forms |= {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    forms |= {urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
    forms |= {raw.hex(), raw.hex().upper(), secret[::-1]}
    for shift in range(3):
        skipped = -(-shift * 4 // 3)
        coded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        whole = len(coded) if (shift + len(raw)) % 3 == 0 else len(coded) - 1
        inner = coded[skipped:whole]
        forms |= {inner, inner.replace("+", "-").replace("/", "_")}
    return frozenset(form for form in forms if len(form) >= MIN_SECRET_LENGTH)

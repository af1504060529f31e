"""The one generator of bearer secrets: prefix, 256 random bits in Base62, CRC32 in Base62.

The checksum lets a secret scanner, and the endpoint, tell a token from other text without asking
the database. Only the SHA-256 of the whole text is ever stored.
"""

import re
import secrets
import zlib
from enum import StrEnum

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
RANDOM_BITS = 256
RANDOM_LENGTH = 43
CHECKSUM_LENGTH = 6


class TokenKind(StrEnum):
    """What a token is for; the value is the prefix that people and scanners see."""

    PERSONAL = "iop"
    ACCESS = "ioa"
    REFRESH = "ior"


TOKEN_PATTERN = re.compile(
    rf"^({'|'.join(TokenKind)})_[0-9A-Za-z]{{{RANDOM_LENGTH + CHECKSUM_LENGTH}}}$"
)


def generate_token(kind: TokenKind) -> str:
    body = f"{kind.value}_{_base62(secrets.randbits(RANDOM_BITS), RANDOM_LENGTH)}"
    return body + _checksum(body)


def is_well_formed(text: str) -> bool:
    """Whether `text` can be a token of ours: known prefix, right length, right checksum."""
    if not TOKEN_PATTERN.match(text):
        return False
    body, checksum = text[:-CHECKSUM_LENGTH], text[-CHECKSUM_LENGTH:]
    return secrets.compare_digest(_checksum(body), checksum)


def _checksum(body: str) -> str:
    return _base62(zlib.crc32(body.encode("ascii")), CHECKSUM_LENGTH)


def _base62(number: int, length: int) -> str:
    digits = []
    for _ in range(length):
        number, rest = divmod(number, len(ALPHABET))
        digits.append(ALPHABET[rest])
    return "".join(reversed(digits))

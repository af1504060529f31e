"""Secrets of connections and packages at rest: the only importer of the cipher."""

import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class VaultKeyMissing(Exception):
    """None of the configured keys opens a stored secret: a key was removed before rotation."""


def encrypt(secrets: Mapping[str, object]) -> bytes:
    """Encrypt with the first of VAULT_KEYS; an empty mapping needs no cipher."""
    return _cipher().encrypt(json.dumps(dict(secrets)).encode()) if secrets else b""


def decrypt(stored: bytes | memoryview) -> dict[str, object]:
    """Raises VaultKeyMissing when no configured key opens the text."""
    if not stored:
        return {}
    try:
        return dict(json.loads(_cipher().decrypt(bytes(stored))))
    except InvalidToken:
        raise VaultKeyMissing("no key in VAULT_KEYS opens this secret") from None


def _cipher() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.VAULT_KEYS])

"""Keys that the embedded default makes for itself."""

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet


def signing_key() -> str:
    return secrets.token_urlsafe(48)


def vault_key() -> str:
    return Fernet.generate_key().decode("ascii")


def load_or_make(path: Path, make: Callable[[], str]) -> str:
    """The key in the file. The first caller makes it, readable by the owner alone.

    Two processes may start at once: the key is written aside and linked into place, so that one of
    them wins and neither ever reads half a key.
    """
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(make())
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text(encoding="ascii").strip()

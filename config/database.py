"""The control database: SQLite in the data folder, or PostgreSQL by DATABASE_URL."""

from pathlib import Path
from typing import Any

SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"


def control_database(url: str, *, data_dir: Path, pool_size: int) -> dict[str, Any]:
    """Django's DATABASES entry.

    On PostgreSQL connections come from a pool of up to `pool_size`, and a statement is prepared at
    its second use. Raises ValueError for a URL that is not PostgreSQL's.
    """
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": data_dir / "control.sqlite3",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": SQLITE_PRAGMAS,
            },
            "CONN_MAX_AGE": None,
        }
    if not url.startswith(("postgres://", "postgresql://")):
        raise ValueError("DATABASE_URL must begin with postgresql://")
    from psycopg.conninfo import conninfo_to_dict

    parts = conninfo_to_dict(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.pop("dbname", ""),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **parts,
            "pool": {"min_size": 1, "max_size": pool_size, "timeout": 10},
            "server_side_binding": True,
            "prepare_threshold": 2,
        },
    }

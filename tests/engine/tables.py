"""Looking into the destination files with plain connections of the test's own."""

import sqlite3
from pathlib import Path

import duckdb


def duckdb_rows(root: Path, query: str, name: str = "w.duckdb") -> list[tuple]:
    with duckdb.connect(str(root / name)) as connection:
        return connection.execute(query).fetchall()


def sqlite_rows(root: Path, query: str, name: str = "b.sqlite") -> list[tuple]:
    connection = sqlite3.connect(root / name)
    try:
        rows = connection.execute(query).fetchall()
        connection.commit()
        return rows
    finally:
        connection.close()

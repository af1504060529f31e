"""The kinds of connections: which driver opens each, and which settings it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from common.errors import InvalidInput
from connections.drivers.base import (
    Category,
    ConnectionSpec,
    DatabaseDriver,
    FileDriver,
    Reach,
)
from connections.drivers.duckdb_file import DuckDbDriver
from connections.drivers.local_folder import LocalFolderDriver, LocalFolderSettings
from connections.drivers.paths import DatabaseFileSettings
from connections.drivers.postgres_login import PostgresSettings
from connections.drivers.rest import RestDriver, RestSettings
from connections.drivers.s3 import S3Driver, S3Settings
from connections.drivers.sqlite_file import SqliteDriver

AnyDriver = DatabaseDriver | FileDriver | RestDriver


@dataclass(frozen=True, slots=True)
class SettingField:
    """One setting as a form shows it. Secret ones never leave the server."""

    name: str
    description: str
    required: bool
    default: object
    is_secret: bool


@dataclass(frozen=True, slots=True)
class DriverKind:
    """One row of the table of kinds. `dialect` is SQLGlot's name of a database's SQL."""

    kind: str
    category: Category
    label: str
    settings: type[BaseModel]
    open: Callable[[ConnectionSpec, Any, Reach], AnyDriver]
    dialect: str | None = None

    def fields(self) -> list[SettingField]:
        """The settings in the order of a form."""
        return [
            SettingField(
                name,
                field.description or "",
                field.is_required(),
                None if field.is_required() else field.default,
                bool(
                    isinstance(field.json_schema_extra, dict)
                    and field.json_schema_extra.get("secret")
                ),
            )
            for name, field in self.settings.model_fields.items()
        ]

    def checked(self, settings: object) -> BaseModel:
        """The settings as a model. Raises InvalidInput naming the first that does not fit."""
        try:
            return self.settings.model_validate(settings)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"]) or "settings"
            raise InvalidInput(f"{name}: {first['msg']}") from None


def _postgres(spec: ConnectionSpec, settings: PostgresSettings, reach: Reach) -> DatabaseDriver:
    from connections.drivers.postgres import PostgresDriver  # its libraries take 45 MiB

    return PostgresDriver(spec, settings, reach)


DRIVERS: Final[dict[str, DriverKind]] = {
    row.kind: row
    for row in (
        DriverKind(
            "local_folder", "cloud_storage", "Local folder", LocalFolderSettings, LocalFolderDriver
        ),
        DriverKind("s3", "cloud_storage", "Amazon S3", S3Settings, S3Driver),
        DriverKind("postgres", "database", "PostgreSQL", PostgresSettings, _postgres, "postgres"),
        DriverKind(
            "sqlite", "database", "SQLite file", DatabaseFileSettings, SqliteDriver, "sqlite"
        ),
        DriverKind(
            "duckdb", "database", "DuckDB file", DatabaseFileSettings, DuckDbDriver, "duckdb"
        ),
        DriverKind("rest", "service", "REST API", RestSettings, RestDriver),
    )
}
"""Kind to driver, in the order a person chooses from."""


def open_driver(spec: ConnectionSpec, reach: Reach) -> AnyDriver:
    """The driver of a connection; nothing is contacted yet.

    Raises InvalidInput for unknown kinds and bad settings, NotAllowed where `reach` forbids it.
    """
    kind = DRIVERS.get(spec.kind)
    if kind is None:
        raise InvalidInput(f"There is no connection kind '{spec.kind}'.")
    return kind.open(spec, kind.checked(dict(spec.settings)), reach)


__all__ = [
    "DRIVERS",
    "AnyDriver",
    "ConnectionSpec",
    "DatabaseDriver",
    "DriverKind",
    "FileDriver",
    "Reach",
    "RestDriver",
    "SettingField",
    "open_driver",
]

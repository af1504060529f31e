"""How we sign in to a PostgreSQL server, and what it answers in our words.

Every connection goes to the addresses that the reach policy judged; of the process's surroundings
(environment, password files, certificates, Kerberos tickets) nothing is used.
"""

import re
from typing import Final
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ConfigDict, Field

from common.errors import InvalidInput, UpstreamFailed
from connections.drivers.base import LOCK_WAIT_SECONDS, Reach
from connections.drivers.reach import Endpoint, endpoint
from connections.drivers.rejects import RowsRefused

CONNECT_SECONDS = 10
"""How long one address may take to let us in."""

_MAX_MESSAGE = 500
_SILENCE: Final = {
    "keepalives": "1",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "60000",
}
_NOTHING_OF_OURS: Final = {
    "passfile": "/dev/null",
    "sslcertmode": "disable",
    "gssencmode": "disable",
    "client_encoding": "UTF8",
    "application_name": "pipelines",
}
_RETRYABLE_STATES: Final = ("08", "40001", "40P01", "53300", "55P03", "57P")
_ABOUT_VALUES: Final = ("22", "23")
_LOST: Final = re.compile(
    r"server closed the connection|connection (?:is )?lost|no connection to the server|terminating"
    r" connection|Connection reset|Broken pipe|could not (?:receive|send) data|SSL SYSCALL"
    r"|timed out"
)


class PostgresSettings(BaseModel):
    """Settings of a PostgreSQL connection."""

    model_config = ConfigDict(extra="forbid")

    host: str = Field(
        min_length=1, max_length=253, description="Name or address of the server, no socket."
    )
    port: int = Field(default=5432, ge=1, le=65_535, description="The server's port.")
    database: str = Field(min_length=1, max_length=63, description="The database to work in.")
    username: str = Field(min_length=1, max_length=63, description="The role to sign in as.")
    password: str = Field(
        min_length=1,
        max_length=1_024,
        description="The role's password.",
        json_schema_extra={"secret": True},
        repr=False,
    )
    ssl: bool = Field(
        default=False,
        description="Refuse connections that are not encrypted; else encrypted where offered.",
    )
    statement_timeout_seconds: int = Field(
        default=21_600,
        ge=1,
        le=604_800,
        description="Longest time one statement may take on the server.",
    )


class PostgresLogin:
    """One role on one server. Raises ProductError for a server that may not be reached."""

    def __init__(self, name: str, settings: PostgresSettings, reach: Reach) -> None:
        self.connection_name = name
        self._settings = settings
        self._reach = reach

    def target(self) -> Endpoint:
        """The judged server."""
        return endpoint(self._settings.host, self._settings.port, self._reach)

    @property
    def surroundings(self) -> str:
        """The statement that gives a new session the settings that we count on."""
        return (
            "SELECT set_config('TimeZone', 'UTC', false),"
            " set_config('DateStyle', 'ISO', false),"
            " set_config('standard_conforming_strings', 'on', false),"
            " set_config('extra_float_digits', '3', false),"
            f" set_config('lock_timeout', '{LOCK_WAIT_SECONDS:.0f}s', false),"
            " set_config('statement_timeout',"
            f" '{self._settings.statement_timeout_seconds}s', false)"
        )

    def address(self, target: Endpoint) -> str:
        """The connection's address; every part is quoted, so no part can bring in another."""
        count = len(target.addresses)
        options = {
            "host": ",".join([target.host] * count),
            "hostaddr": ",".join(target.addresses),
            "port": ",".join([str(target.port)] * count),
            "user": self._settings.username,
            "password": self._settings.password,
            "dbname": self._settings.database,
            "sslmode": "require" if self._settings.ssl else "prefer",
            "connect_timeout": str(CONNECT_SECONDS),
            **_SILENCE,
            **_NOTHING_OF_OURS,
        }
        return f"postgresql:///?{urlencode(options, quote_via=quote)}"

    def not_let_in(self, target: Endpoint, told: str) -> UpstreamFailed:
        """Only PostgreSQL's own refusals are repeated, never what another service answers."""
        place = f"{target.host}:{target.port}"
        refusal = re.search(r"FATAL:\s+(.+)", told)
        if refusal:
            text = refusal[1].strip()[:_MAX_MESSAGE]
            is_passing = "starting up" in text or "too many" in text or "shutting down" in text
            return UpstreamFailed(
                f"{self.connection_name}: {place} refused: {text}", retryable=is_passing
            )
        if "Connection refused" in told:
            words = f"connection to {place} refused. Check host and port, and that the server runs."
        elif "timeout expired" in told or "timed out" in told:
            words = f"connection to {place} timed out after {CONNECT_SECONDS} seconds."
        elif "does not support SSL" in told:
            words = f"the server at {place} does not support SSL, but ssl is set."
        elif "unreachable" in told or "No route" in told:
            words = f"the network of {place} is unreachable."
        else:
            words = f"{place} did not answer like a PostgreSQL server."
        return UpstreamFailed(f"{self.connection_name}: {words}", retryable="SSL" not in words)

    def told(self, error: Exception) -> UpstreamFailed | InvalidInput:
        """What the server said: its sentence, which row or key, never our statement."""
        text = str(error)
        state = str(getattr(error, "sqlstate", None) or "")
        is_lost = state.startswith(("08", "57P")) or bool(_LOST.search(text))
        found = re.search(r"(?:ERROR|FATAL|PANIC):\s+(.+)", text)
        words = found[1].strip() if found else text.strip().splitlines()[0]
        detail = re.search(r"DETAIL:\s+(.+)", text)
        if detail and state.startswith(("23503", "23505", "23P01")):
            words = f"{words} ({detail[1].strip().rstrip('.')})"
        place = re.search(r"CONTEXT:\s+COPY .+?, line \d+, column (.+)", text)
        if place and state == "22021" and "0x00" in words:
            return InvalidInput(
                f"{self.connection_name}: the field {place[1].strip()[:200]} holds a NUL character,"
                " which a PostgreSQL text cannot. Remove it with replace(...) in a select before."
            )
        if place:
            words = f"{words} (column {place[1].strip()[:200]})"
        if is_lost:
            words = f"the connection was lost: {words}"
        if state == "55P03":
            words = f"{words}: another writer held the table for {LOCK_WAIT_SECONDS:.0f} seconds"
        message = f"{self.connection_name}: {words}"[:_MAX_MESSAGE]
        if state.startswith(_ABOUT_VALUES):
            return RowsRefused(message)
        return UpstreamFailed(message, retryable=is_lost or state.startswith(_RETRYABLE_STATES))


def refuse_nul(text: str) -> None:
    """Names and texts with a NUL are cut off there by the client library."""
    if "\x00" in text:
        raise InvalidInput("A name, a clause or a query holds a NUL character; remove it.")

"""Services behind HTTP: one base address, and the credentials that go with every request to it."""

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from common.errors import InvalidInput, UpstreamFailed
from connections.drivers.base import ConnectionSpec, Reach
from connections.drivers.web import (
    WebClient,
    WebRequest,
    WebResponse,
    check_header,
    origin_of,
    shown,
)

_PING_SECONDS = 15.0
_PING_BYTES = 1024 * 1024
_REFUSALS = {401: "the credentials are not accepted", 403: "the credentials lack a right"}
_SERVER_ERRORS = 500
_SECRET = {"secret": True}


class RestSettings(BaseModel):
    """Settings of a REST connection."""

    model_config = ConfigDict(extra="forbid")

    base_url: str = Field(
        min_length=8,
        max_length=2_000,
        description="Where every request goes, such as https://api.example.com/v2.",
    )
    auth: Literal["none", "basic", "bearer", "header"] = Field(
        default="none",
        description="Credentials sent: none, user name and password, a token, or a header.",
    )
    username: str = Field(default="", max_length=255, description="For basic.")
    password: str = Field(
        default="",
        max_length=4_096,
        description="For basic.",
        json_schema_extra={**_SECRET},
        repr=False,
    )
    token: str = Field(
        default="",
        max_length=8_192,
        description="For bearer.",
        json_schema_extra={**_SECRET},
        repr=False,
    )
    header_name: str = Field(
        default="", max_length=128, description="For header, such as X-Api-Key."
    )
    header_value: str = Field(
        default="",
        max_length=8_192,
        description="For header.",
        json_schema_extra={**_SECRET},
        repr=False,
    )
    ca_certificate: str = Field(
        default="",
        max_length=20_000,
        description="PEM of an authority to trust instead of the public ones.",
    )
    test_path: str = Field(
        default="", max_length=1_000, description="Below the base, asked by the connection test."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        try:
            origin_of(self.base_url)
        except InvalidInput as error:
            raise ValueError(error.message) from None
        if urlsplit(self.base_url).query or urlsplit(self.base_url).fragment:
            raise ValueError("base_url: leave out ? and # and what follows")
        needed = {
            "basic": self.username,
            "bearer": self.token,
            "header": self.header_name and self.header_value,
        }
        if not needed.get(self.auth, "none"):
            raise ValueError(f"auth: {self.auth} needs its credentials")
        return self

    def credentials(self) -> dict[str, str]:
        """The headers that carry them. Raises InvalidInput for what cannot stand in a header."""
        headers = {}
        if self.auth == "basic":
            pair = f"{self.username}:{self.password}".encode()
            headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        elif self.auth == "bearer":
            headers = {"Authorization": f"Bearer {self.token}"}
        elif self.auth == "header":
            headers = {self.header_name: self.header_value}
        for name, value in headers.items():
            check_header(name, value)
        return headers


class RestDriver:
    """One service. Paths stay below the base address, and credentials with its origin.

    Without settings it is no connection at all: any judged address, no credentials.
    """

    def __init__(self, spec: ConnectionSpec, settings: RestSettings | None, reach: Reach) -> None:
        self.connection_name = spec.name
        self._base = settings.base_url.rstrip("/") if settings else ""
        self._credentials = settings.credentials() if settings else {}
        self._test_path = settings.test_path if settings else ""
        self._client = WebClient(spec.name, reach, settings.ca_certificate if settings else "")

    def ping(self) -> None:
        """A service is alive when it answers, and its answer is no refusal."""
        answer = self.send(
            WebRequest(
                "GET",
                self.url_of(self._test_path),
                timeout_seconds=_PING_SECONDS,
                max_bytes=_PING_BYTES,
            )
        )
        reason = _REFUSALS.get(answer.status)
        if reason or answer.status >= _SERVER_ERRORS:
            words = reason or "the service fails"
            raise UpstreamFailed(
                f"{self.connection_name}: {shown(answer.url)} answers with status"
                f" {answer.status}: {words}."
            )

    def url_of(self, path: str) -> str:
        """A path or a whole URL as a URL of this service.

        Raises InvalidInput for another origin, so that credentials go nowhere else.
        """
        if not self._base:
            origin_of(path)
            return path
        if "://" not in path.split("?", 1)[0]:
            return f"{self._base}/{path.lstrip('/')}" if path else self._base
        if origin_of(path) != origin_of(self._base):
            raise InvalidInput(
                f"{shown(path)} is not at {shown(self._base)}, where the connection"
                f" {self.connection_name} sends its credentials. Leave the connection out, or"
                " write a path."
            )
        return path

    def send(self, request: WebRequest) -> WebResponse:
        """One exchange with the connection's credentials; its URL must be of this service."""
        url = self.url_of(request.url)
        own: Mapping[str, str] = {**request.credentials, **self._credentials}
        return self._client.send(replace(request, url=url, credentials=own))

    def is_cancelled(self, within_seconds: float) -> bool:
        return self._client.is_cancelled(within_seconds)

    def cancel(self) -> None:
        self._client.cancel()

    def close(self) -> None:
        self._client.close()


def without_connection(reach: Reach) -> RestDriver:
    """Requests to any address that the policy lets through, without credentials."""
    return RestDriver(ConnectionSpec(0, "HTTP", "rest", {}), None, reach)

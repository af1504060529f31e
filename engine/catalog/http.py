"""What every component that speaks HTTP has, and the checks of it."""

from typing import Any, ClassVar

from pydantic import Field

from common.errors import InvalidInput
from connections.drivers.web import check_header, origin_of
from engine import texts
from engine.catalog.base import ConnectionCategory, Part
from engine.expressions.errors import ExpressionRefused
from engine.scope import Scope

_VARIABLES: dict[str, Any] = {"variables": True}


class HttpRequest(Part):
    """Where a request goes, to be mixed into a component."""

    connection_category: ClassVar[ConnectionCategory | None] = "service"

    connection_id: int | None = Field(
        default=None, gt=0, description="A REST connection, if the service needs credentials."
    )
    url: str = Field(
        min_length=1,
        max_length=4_000,
        description="URL, or with a connection a path below its base address.",
        json_schema_extra=_VARIABLES,
    )
    headers: dict[str, str] = Field(
        default_factory=dict,
        max_length=50,
        description="Headers by name; credentials belong into a connection.",
        json_schema_extra=_VARIABLES,
    )


def filled(scope: Scope, filler: Any, text: str, place: str) -> str | None:
    """A property with its variables; None after a finding."""
    try:
        value: str = filler(text, scope.variables)
    except ExpressionRefused as refused:
        scope.report(refused.code, place, refused.message, refused.hint)
        return None
    return value


def filled_headers(scope: Scope, headers: dict[str, str]) -> dict[str, str] | None:
    """Headers with their variables, fit to be sent; None after a finding."""
    done = {}
    for name, value in headers.items():
        place = f"headers.{name[:80]}"
        text = filled(scope, texts.fill, value, place)
        if text is None:
            return None
        try:
            check_header(name, text)
        except InvalidInput as error:
            scope.report("invalid_property_value", place, error.message)
            return None
        done[name] = text
    return done


def is_address(scope: Scope, connection_id: int | None, url: str) -> bool:
    """Whether a request can go there; without a connection the URL must be whole."""
    if connection_id is not None:
        return True
    try:
        origin_of(url)
    except InvalidInput as error:
        hint = "Write a whole URL, or name a REST connection."
        scope.report("invalid_property_value", "url", error.message, hint)
        return False
    return True

"""Component: the common part of every type; one pydantic model per type holds its properties.

A type says three things about itself: its place in the catalogue (class attributes), its
properties (fields) and its meaning (`compile`, which both checks and builds the query, so that
what is checked is what runs). The class docstring is the header text of the catalogue.
"""

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from connections.drivers.types import TYPE_WORDS, normalised
from engine.scope import Scope
from engine.stages import Outcome

Category = Literal["source", "transformation", "destination", "task"]
ConnectionCategory = Literal["database", "cloud_storage", "service"]
FlowType = Literal["dataflow", "workflow"]

FIELD_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
"""What a field may be called inside a flow."""

WRAPPER_SUFFIX = "_component"


def _type_word(value: object) -> object:
    if not isinstance(value, str):
        return value
    word = normalised(value)
    if word is None:
        raise ValueError(f"unknown type '{value[:40]}'; the types are {', '.join(TYPE_WORDS)}")
    return word


TypeWord = Annotated[str, BeforeValidator(_type_word)]
"""A product type word in canonical form."""


class Part(BaseModel):
    """A nested piece of a component's properties. Unknown keys are kept and reported."""

    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)


class Position(Part):
    """Place on the canvas, in pixels; never affects execution."""

    x: float = 0
    y: float = 0


class Ports(BaseModel):
    """How many edges may end at (or leave) a component; `names` when they are told apart."""

    model_config = ConfigDict(frozen=True)

    min: int
    max: int | None
    names: tuple[str, ...] = ()

    def takes(self, count: int) -> bool:
        """Whether so many edges fit."""
        return self.min <= count and (self.max is None or count <= self.max)


class Component(Part):
    """What every component has."""

    type_name: ClassVar[str]
    category: ClassVar[Category]
    class_name: ClassVar[str]
    inputs: ClassVar[Ports]
    outputs: ClassVar[Ports]
    example: ClassVar[dict[str, Any]]
    can_reject: ClassVar[bool] = False
    flow_types: ClassVar[tuple[FlowType, ...]] = ("dataflow",)
    connection_category: ClassVar[ConnectionCategory | None] = None
    """What kind of connection its connection_id must name."""
    other_connections: ClassVar[Mapping[str, ConnectionCategory]] = {}
    """Further properties that name a connection, and of what kind; they end in _connection_id."""

    id: str = Field(default="", description="Generated when absent; never changes.")
    name: str = Field(
        default="", max_length=128, description="Unique in the package, ignoring case."
    )
    specific_component_type: str | None = Field(
        default=None, description="Equal to the wrapper key; filled in when absent."
    )
    position: Position | None = Field(default=None, description="Place on the canvas.")
    note: str | None = Field(default=None, description="Free text for readers of the flow.")

    @classmethod
    def wrapper_key(cls) -> str:
        """The key that wraps the component in `data_flow_json`."""
        return cls.type_name + WRAPPER_SUFFIX

    @classmethod
    def connections(cls) -> dict[str, ConnectionCategory | None]:
        """The properties that name a connection, and of what kind it must be."""
        return {"connection_id": cls.connection_category, **cls.other_connections}

    @abstractmethod
    def compile(self, scope: Scope) -> Outcome | None:
        """Check against the incoming fields and build the work to do.

        Findings go to `scope`; None when nothing sensible can be said about the output.
        """

    def location(self) -> str | None:
        """The table, file or folder a source or destination names; None for the others."""
        return None

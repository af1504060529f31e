"""What a request says about itself: its era, its client, what that client can do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Era = Literal["legacy", "modern"]
ProgressSink = Callable[[float, float, str], None]


def _nobody_listens(done: float, total: float, message: str) -> None:
    return None


@dataclass(frozen=True, slots=True)
class RequestContext:
    """`params` are the request's own, as sent. `client_capabilities` are known only in the modern
    era, where each request declares them."""

    era: Era = "legacy"
    version: str = ""
    client: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    client_capabilities: Mapping[str, Any] = field(default_factory=dict)
    report: ProgressSink = _nobody_listens

    @property
    def is_modern(self) -> bool:
        return self.era == "modern"

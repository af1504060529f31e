"""How processes log: one line an event, as JSON or for the eye, secrets masked."""

import json
import logging
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from common.redact import redact


class LogStyle(StrEnum):
    JSON = "json"
    CONSOLE = "console"


def mask_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Redact every text of the event, its trace included. The last step before rendering."""
    return {name: redact(v) if isinstance(v, str) else v for name, v in event.items()}


TOLD_BY_CLIENTS = ("method", "tool", "client")
"""The members of a call's event that hold words of the client; the others are our own."""


class EventFormatter(structlog.stdlib.ProcessorFormatter):
    """The whole chain for every event but those of calls: these come with each request, so they
    are written in one step, in the same form, and only what clients say is masked."""

    def __init__(self, *, style: LogStyle, **options: Any) -> None:
        super().__init__(**options)
        self._log_style = style

    def format(self, record: logging.LogRecord) -> str:
        facts = getattr(record, "call", None)
        return super().format(record) if facts is None else self._line(record, facts)

    def _line(self, record: logging.LogRecord, facts: dict[str, Any]) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z")
        level, event = record.levelname.lower(), record.msg
        facts |= {name: redact(facts[name]) for name in TOLD_BY_CLIENTS if facts.get(name)}
        if self._log_style is LogStyle.JSON:
            named = {"event": event, "level": level, "logger": record.name, "timestamp": at}
            return json.dumps(facts | named, ensure_ascii=False)
        told = " ".join(f"{name}={value!r}" for name, value in facts.items())
        return f"{at} [{level:<9}] {event} [{record.name}] {told}"


def logging_config(style: LogStyle, level: str) -> dict[str, Any]:
    """The LOGGING setting. What modules log through the standard library passes through it too."""
    prepare: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    render: Processor = (
        structlog.processors.JSONRenderer()
        if style is LogStyle.JSON
        else structlog.dev.ConsoleRenderer(colors=False, pad_event_to=0)
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "event": {
                "()": EventFormatter,
                "style": style,
                "foreign_pre_chain": prepare,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    mask_secrets,
                    render,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "event"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.request": {"level": "ERROR"},
            "oauth2_provider": {"level": "WARNING"},
        },
    }

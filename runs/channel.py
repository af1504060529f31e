"""What a runner process and its supervisor say to each other, as JSON over a pipe.

The runner works on foreign data, so its supervisor never unpickles what it sends. The supervisor
says ACK once a message of WRITES is stored, STOP at any time, and to a workflow, as JSON, how each
thing ended that it asked for.
"""

import json
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

ACK = b"ack"
STOP = b"stop"

LOG = "log"
COMPONENT = "component"
FIRST_BATCH = "first_batch"
PREPARED = "prepared"
COMMITTING = "committing"
COMMITTED = "committed"
TASK_BEGINS = "task_begins"
TASK_ENDS = "task_ends"
RUN_PACKAGE = "run_package"
SEND_MAIL = "send_mail"
COMPLETED = "completed"
FAILED = "failed"
STOPPED = "stopped"

WRITES = frozenset({PREPARED, COMMITTING, COMMITTED, TASK_ENDS})
ERRANDS = frozenset({RUN_PACKAGE, SEND_MAIL})
"""What a workflow asks of its supervisor."""

ENDINGS = frozenset({COMPLETED, FAILED, STOPPED})

Message = dict[str, Any]


def send(pipe: "Connection[Any, Any]", what: str, **fields: object) -> None:
    text = json.dumps({"what": what, "at": _now(), **fields}, default=_encode)
    pipe.send_bytes(text.encode())


def receive(pipe: "Connection[Any, Any]") -> Message:
    """Raises EOFError when the other side is gone."""
    message: Message = json.loads(pipe.recv_bytes())
    return message


def parse_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _encode(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not travel over the channel")

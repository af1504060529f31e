"""Which word, tone and icon a state has on pages. Source: design, section 9."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Look:
    """`tone` gives the class s-..., `icon` is a name in icons.svg."""

    word: str
    tone: str
    icon: str

    @property
    def spins(self) -> bool:
        return self.icon == "running"


_PENDING = Look("Pending", "idle", "idle")
_RUNNING = Look("Running", "run", "running")
_COMPLETED = Look("Completed", "ok", "ok")
_FAILED = Look("Failed", "fail", "fail")
_STOPPING = Look("Stopping", "warn", "stopped")

LOOKS: dict[str, dict[str, Look]] = {
    "run": {
        "idle": _PENDING,
        "pending": _PENDING,
        "queued": Look("Queued", "idle", "queued"),
        "running": _RUNNING,
        "completed": _COMPLETED,
        "failed": _FAILED,
        "pending_stoppage": _STOPPING,
        "stopping": _STOPPING,
        "stopped": Look("Stopped", "idle", "stopped"),
    },
    "component": {
        "waiting": Look("Not reached", "idle", "idle"),
        "skipped": Look("Skipped", "idle", "idle"),
        "running": _RUNNING,
        "completed": _COMPLETED,
        "failed": _FAILED,
    },
    "last_run": {
        "completed": Look("Healthy", "ok", "ok"),
        "failed": Look("Last run failed", "fail", "fail"),
        "stopped": Look("Last run stopped", "idle", "stopped"),
        "": Look("Never run", "idle", "idle"),
    },
    "token": {
        "active": Look("Active", "ok", "ok"),
        "expiring": Look("Expires soon", "warn", "warn"),
        "unused": Look("Unused", "idle", "idle"),
        "expired": Look("Expired", "idle", "expired"),
        "revoked": Look("Revoked", "idle", "off"),
        "replaced": Look("Replaced", "idle", "off"),
        "left_account": Look("Left account", "idle", "off"),
    },
    "client": {
        "supported": Look("Supported", "ok", "ok"),
        "unverified": Look("Not yet verified", "idle", "idle"),
        "unsupported": Look("Not yet supported", "idle", "off"),
    },
    "package": {
        "archived": Look("Archived", "idle", "off"),
    },
}
"""Kind of object, then its state."""


def look_of(kind: str, state: str | None) -> Look:
    """How a state looks; a last run that has not ended looks like the run itself."""
    looks = LOOKS[kind]
    if kind == "last_run" and state and state not in looks:
        looks = LOOKS["run"]
    return looks.get(state or "") or Look(str(state or "unknown"), "idle", "idle")

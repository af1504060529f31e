"""A step of a loop that must go on whatever the step does."""

import logging
from collections.abc import Callable
from typing import TypeVar

from django.db import close_old_connections

logger = logging.getLogger(__name__)

R = TypeVar("R")


def attempt(step: Callable[[], R]) -> R | None:
    """Do the step; None when it failed, which is logged. The next turn finds the same rows, on a
    fresh database connection."""
    try:
        return step()
    except Exception:
        logger.exception("%s failed", getattr(step, "__name__", step))
        return None
    finally:
        close_old_connections()

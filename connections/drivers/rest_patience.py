"""One request until it is answered for good: again after 429 and 5xx, waiting as it is told to."""

import email.utils
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from common.errors import UpstreamFailed
from connections.drivers.base import Note
from connections.drivers.rest import RestDriver
from connections.drivers.web import WebRequest, WebResponse, shown

MAX_RETRY_AFTER_SECONDS = 300.0
MAX_BACKOFF_SECONDS = 30.0
PASSING: Final = frozenset({429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed."""

REFUSED_UNREAD: Final = frozenset({429, 503})
"""Those by which a service says that it did not look at the request at all."""

_SHOWN_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Patience:
    """When a request is sent again. `broken_too`: also when no whole answer came, so that the
    service may have done its work; never for what must not be done twice."""

    max_retries: int = 3
    statuses: frozenset[int] = PASSING
    broken_too: bool = True
    fail_on_status: int = 400


def send_patiently(
    driver: RestDriver,
    request: WebRequest,
    patience: Patience,
    note: Note,
    answered: Callable[[WebRequest, WebResponse], None] = lambda request, response: None,
) -> WebResponse:
    """The answer. Raises UpstreamFailed for a status of `fail_on_status` and more, for a redirect
    that was not followed, and when the service asks for more patience than we have. `answered` is
    told every answer first, also those after which the request is sent again."""
    for tries in range(patience.max_retries + 1):
        is_last = tries == patience.max_retries
        told = None
        try:
            response = driver.send(request)
        except UpstreamFailed as error:
            if is_last or not (error.retryable and patience.broken_too):
                raise
            reason = error.message
        else:
            answered(request, response)
            if is_last or response.status not in patience.statuses:
                return _checked(driver, response, patience.fail_on_status)
            reason = f"{shown(response.url)} answers with status {response.status}"
            told = retry_after(response)
        seconds = min(2.0**tries, MAX_BACKOFF_SECONDS) if told is None else told
        if seconds > MAX_RETRY_AFTER_SECONDS:
            raise UpstreamFailed(
                f"{driver.connection_name}: {reason} and asks to wait {seconds:,.0f} s; the longest"
                f" wait is {MAX_RETRY_AFTER_SECONDS:,.0f} s.",
                retryable=True,
            )
        again = f"trying again in {seconds:g} s ({tries + 1} of {patience.max_retries})"
        note("WARN", f"{reason}; {again}.")
        pause(driver, seconds)
    raise UpstreamFailed(f"{driver.connection_name}: no answer.")


def _checked(driver: RestDriver, response: WebResponse, fail_on_status: int) -> WebResponse:
    if response.status < fail_on_status and not 300 <= response.status < 400:
        return response
    said = " ".join(response.text()[: 4 * _SHOWN_CHARACTERS].split())[:_SHOWN_CHARACTERS]
    raise UpstreamFailed(
        f"{driver.connection_name}: {shown(response.url)} answers with status"
        f" {response.status}{f': {said}' if said else '.'}",
        retryable=response.status in PASSING,
    )


def retry_after(response: WebResponse, now: Callable[[], float] = time.time) -> float | None:
    """Seconds that the answer asks to wait; None when it does not, or not in a readable way."""
    text = response.headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d{1,3})?", text):
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.fromtimestamp(now(), UTC)).total_seconds())


def pause(driver: RestDriver, seconds: float) -> None:
    """Let time pass. Raises UpstreamFailed when the driver is cancelled meanwhile."""
    if driver.is_cancelled(seconds):
        raise UpstreamFailed(f"{driver.connection_name}: cancelled.", quotes_outside=False)

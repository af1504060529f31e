"""How often one address, or one e-mail address, may try things that need no token."""

import math
from functools import cache
from typing import Final

from django.conf import settings

from common.buckets import Buckets, open_buckets

FAILED_SIGN_INS_A_MINUTE: Final = 10


@cache
def _buckets() -> Buckets:
    return open_buckets(settings.REDIS_URL, prefix="throttle")


def seconds_to_wait(act: str, who: str, *, per_minute: int) -> int:
    """0 when `who` may do the act once more now, else whole seconds until it may."""
    wait = _buckets().take(f"{act}:{who}", per_minute=per_minute, burst=per_minute)
    return math.ceil(wait)


def begin_sign_in(*, email: str, address: str) -> int:
    """Count a try before the password is looked at, so that many at once gain nothing.

    Only failures stay counted: a success calls `end_sign_in`. Answers as `seconds_to_wait`.
    """
    limit = FAILED_SIGN_INS_A_MINUTE
    waits = [seconds_to_wait("sign-in", key, per_minute=limit) for key in _keys(email, address)]
    return max(waits)


def end_sign_in(*, email: str, address: str) -> None:
    """The try that began was a success, and counts no more."""
    limit = FAILED_SIGN_INS_A_MINUTE
    for key in _keys(email, address):
        _buckets().give_back(f"sign-in:{key}", per_minute=limit, burst=limit)


def _keys(email: str, address: str) -> tuple[str, str]:
    return f"email:{email.strip().lower()[:254]}", f"address:{address}"

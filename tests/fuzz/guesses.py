"""Guess passwords and tokens of a served product, from one address and from a thousand.

By hand: `.venv/bin/python -m tests.fuzz.guesses [HOW_MANY_OF_EACH]`. Prints, for each way in, the
statuses, the tries that were judged at all, and how long guesses at a known and an unknown person
took. The addresses are real ones: every one of 127.0.0.0/8 is this machine.
"""

import http.client
import json
import secrets
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from tests.fuzz.siege import PATH, served
from tests.main_job.installation import Installation

EMAIL = "demo@example.com"
SENDERS = 4
ADDRESSES = 1_000
STRANGERS = 5
JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JUDGED = {200, 302, 400, 401, 422}
ALLOW = """
from accounts.models import Account
Account.objects.update(password_grant_enabled=True)
"""

Request = tuple[str, str, dict[str, str]]
Guess = Callable[[str], Request]


def by_grant(email: str) -> Request:
    body = {"grant_type": "password", "email": email, "password": secrets.token_hex(8)}
    return "/oauth/token", json.dumps(body), JSON


def by_sign_in(email: str) -> Request:
    token = "x" * 32
    form = {"username": email, "password": secrets.token_hex(8), "csrfmiddlewaretoken": token}
    return "/sign-in", urlencode(form), {**FORM, "Cookie": f"csrftoken={token}"}


def by_token(_email: str) -> Request:
    bearer = f"iop_{secrets.token_hex(25)[:49]}"
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    return PATH, json.dumps(message), {**JSON, "Authorization": f"Bearer {bearer}"}


def send(installation: Installation, request: Request, source: str) -> tuple[int, float]:
    """The status, and how long the answer took in seconds."""
    path, body, headers = request
    line = http.client.HTTPConnection(
        "127.0.0.1", installation.port, timeout=60, source_address=(source, 0)
    )
    began = time.monotonic()
    try:
        line.request("POST", path, body, headers)
        answer = line.getresponse()
        answer.read()
        return answer.status, time.monotonic() - began
    finally:
        line.close()


def attack(installation: Installation, guess: Guess, count: int, addresses: int) -> str:
    """So many guesses, every other one at one of a few whom nobody knows."""

    def once(number: int) -> tuple[bool, int, float]:
        is_known = number % 2 == 0
        email = EMAIL if is_known else f"nobody-{number % STRANGERS}@example.com"
        address = number % addresses
        source = f"127.0.{address // 250}.{address % 250 + 1}"
        return is_known, *send(installation, guess(email), source)

    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as senders:
        answers = list(senders.map(once, range(count)))
    minutes = (time.monotonic() - began) / 60
    statuses = Counter(status for _, status, _ in answers)
    judged = {
        person: [took for known, status, took in answers if known is is_known and status in JUDGED]
        for person, is_known in (("known", True), ("unknown", False))
    }
    told = ", ".join(
        f"{person}: {len(times)} judged, median {median(times) * 1000:.0f} ms"
        for person, times in judged.items()
        if times
    )
    return f"{count} in {minutes:.1f} min from {addresses}: {dict(statuses)}; {told}"


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with (
        tempfile.TemporaryDirectory(prefix="guesses-") as folder,
        served(Path(folder)) as installation,
    ):
        closed = send(installation, by_grant(EMAIL), "127.0.0.1")[0]
        print(f"password grant where it is not switched on: {closed}")
        installation.manage("shell", "-c", ALLOW)
        for guess in (by_grant, by_sign_in, by_token):
            for addresses in (1, ADDRESSES):
                told = attack(installation, guess, count // 2, addresses)
                print(f"{guess.__name__}: {told}", flush=True)


if __name__ == "__main__":
    main()

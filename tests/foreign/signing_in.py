"""Foreign clients that sign in: a person with a browser, and programs that wait for them."""

import json
import queue
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from demo.services import EMAIL
from tests.foreign.served import DEMO_PASSWORD, Served, manage

ANSWER_SECONDS = 60
CONNECTIONS = "/acme/settings/developer/connected_applications"
EXPIRE = """
from datetime import timedelta
from django.utils import timezone
from connected_apps.models import AccessToken
past = timezone.now() - timedelta(minutes=1)
print(AccessToken.objects.filter(connected_application__name={name!r}).update(expires=past))
"""
KEEP_DOCUMENT = """
from datetime import timedelta
from django.utils import timezone
from connected_apps.oauth import clients
from connected_apps.oauth.document_fetch import Document
members = {members!r}
document = Document(members, fresh_for_seconds=3600)
print(clients._keep(members["client_id"], clients._checked(members["client_id"], document)).pk)
"""


class Person:
    """The owner of the demo account, who sits before a browser that knows no one yet."""

    def __init__(self, page: Page, product: Served) -> None:
        self.page = page
        self.origin = product.url.removesuffix("/acme/api/mcp")

    def authorize(self, address: str, *, access: str | None = None) -> str:
        """Follow a client's address, sign in if asked to, narrow the access if told to, press
        Authorize; where that led."""
        assert address.startswith(f"{self.origin}/authorize?"), address
        self.page.goto(address)
        if self.page.url.startswith(f"{self.origin}/sign-in"):
            self.sign_in()
        expect(self.page.get_by_role("heading", name="Authorize access")).to_be_visible()
        if access is not None:
            self.page.get_by_label(access).check()
        self.page.get_by_role("button", name="Authorize").click()
        self.page.wait_for_url(lambda url: not url.startswith(self.origin))
        return self.page.url

    def sign_in(self) -> None:
        self.page.get_by_label("E-mail").fill(EMAIL)
        self.page.get_by_label("Password").fill(DEMO_PASSWORD)
        self.page.get_by_role("button", name="Sign in").click()

    def revoke(self, name: str) -> None:
        """End the connection of this name on the Connected Applications page."""
        self.look_at_connections()
        self.revoke_link(name).click()
        self.page.get_by_role("button", name="Revoke access").click()
        expect(self.revoke_link(name)).to_have_count(0)

    def look_at_connections(self) -> None:
        self.page.goto(f"{self.origin}{CONNECTIONS}")
        expect(self.page.get_by_role("heading", name="Connected Applications")).to_be_visible()

    def revoke_link(self, name: str) -> Locator:
        """Shown for each connection that is active."""
        return self.page.get_by_role("link", name=f"Revoke {name}", exact=True)


class Talk:
    """A running program: lines of JSON in and out; `log` is all that it wrote."""

    def __init__(self, command: list[str], home: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=home,
            env={"HOME": str(home), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self._written: list[str] = []
        for collect in (self._collect_lines, self._collect_log):
            threading.Thread(target=collect, daemon=True).start()

    @property
    def log(self) -> str:
        return "".join(self._written)

    def forget(self) -> None:
        """What it wrote until now is no longer found."""
        self._written.clear()

    def send(self, message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(message)}\n")
        self._process.stdin.flush()

    def read(self) -> Any:
        try:
            return json.loads(self._lines.get(timeout=ANSWER_SECONDS))
        except queue.Empty:
            raise AssertionError(f"no answer; it wrote: {self.log}") from None

    def find(self, pattern: str) -> str:
        """Wait until something that it wrote matches."""
        deadline = time.monotonic() + ANSWER_SECONDS
        while (found := re.search(pattern, self.log)) is None:
            assert time.monotonic() < deadline, f"no {pattern}; it wrote: {self.log}"
            time.sleep(0.05)
        return found[0]

    def end(self) -> int:
        """Wait until it ends by itself; its exit code."""
        return self._process.wait(timeout=ANSWER_SECONDS)

    def ask(self, action: str) -> Any:
        self.send({"do": action})
        return self.read()

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()

    def _collect_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._written.append(line)
            self._lines.put(line)

    def _collect_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._written.append(line)


@contextmanager
def talking(command: list[str], home: Path, **environment: str) -> Iterator[Talk]:
    talk = Talk(command, home, {"PATH": str(Path(command[0]).parent), **environment})
    try:
        yield talk
    finally:
        talk.stop()


def expire_access(product: Served, name: str) -> None:
    """Two hours pass for a client that has signed in: its access tokens are no longer good."""
    assert int(_shell(product, EXPIRE.format(name=name))) > 0


def keep_document(product: Served, client_id: str, name: str) -> None:
    """Let the product have read this document a moment ago: from here it has no way to it.

    Like those that are published it names the loopback addresses without a port.
    """
    redirects = ["http://localhost/callback", "http://127.0.0.1/callback"]
    members = {"client_id": client_id, "client_name": name, "redirect_uris": redirects}
    _shell(product, KEEP_DOCUMENT.format(members=members))


def _shell(product: Served, script: str) -> str:
    """The last line that it prints."""
    return manage(product, "shell", "--no-imports", "-c", script).splitlines()[-1]

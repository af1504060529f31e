"""Authorization requests that end on our own page: what was asked, and what to do now.

Nothing on the page leads to an address that was not checked.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from connected_apps.oauth import redirects
from connected_apps.oauth.names import readable_name

MAX_SHOWN = 200
MAX_SHOWN_REDIRECTS = 5


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the page; `note` is in plain words behind the value."""

    term: str
    value: str
    note: str = ""


@dataclass(eq=False)
class Stopped(Exception):
    """Why the request ends here. `name` is what the client calls itself."""

    title: str
    words: str
    name: str = ""
    words_after: str = ""
    facts: Sequence[Fact] = field(default=())
    advice: Sequence[str] = field(default=())
    status: int = 400
    wait_seconds: int = 0

    def __str__(self) -> str:
        return f"{self.title}: {self.words} {[fact.value for fact in self.facts]!r}"

    @classmethod
    def unknown_client(cls, client_id: str) -> "Stopped":
        return cls(
            "We stopped this request",
            "We do not know the application that asks. It may have been forgotten here because it"
            " was not used, or the document that describes it cannot be read.",
            facts=[Fact("Application", _shown(client_id) or "not named")],
            advice=[
                "Did you start this? Remove the server in your application, add it again and"
                " connect once more.",
                "Did it come from a link or a message? Close this page. Your account is unchanged.",
            ],
        )

    @classmethod
    def other_redirect(
        cls, name: str, asked: str, registered: Sequence[str], account: str | None
    ) -> "Stopped":
        facts = [Fact("Asked for", _shown(asked) or "no address")]
        for uri in registered[:MAX_SHOWN_REDIRECTS]:
            facts.append(
                Fact("Registered", _shown(uri), ", any port" if redirects.is_loopback(uri) else "")
            )
        if account:
            facts.append(Fact("Account", account))
        return cls(
            "We stopped this request",
            "The address that would receive the sign-in is not one that",
            name=readable_name(name),
            words_after="registered. Sending it there could hand your account to someone else.",
            facts=facts,
            advice=[
                f"Did you start this in {readable_name(name)}? Remove the server there, add it"
                " again and choose Authenticate.",
                "Did it come from a link or a message? Close this page. Your account is unchanged.",
            ],
        )

    @classmethod
    def malformed(cls, reason: str, name: str = "") -> "Stopped":
        facts = [Fact("Application", name)] if name else []
        return cls(
            "We stopped this request",
            "The application asked in a way that cannot be understood.",
            facts=[*facts, Fact("Reason", reason)],
            advice=["Start again in your application. If it happens again, tell its makers."],
        )

    @classmethod
    def too_many(cls, wait_seconds: int) -> "Stopped":
        return cls(
            "Too many requests",
            f"Too many sign-ins were started from your address. Wait {wait_seconds} s.",
            advice=["Start again in your application after that."],
            status=429,
            wait_seconds=wait_seconds,
        )

    @classmethod
    def over(cls) -> "Stopped":
        return cls(
            "This request is over",
            "It was answered already, or it waited for an answer too long.",
            advice=[
                "Start again in your application.",
                "Did it come from a link or a message? Close this page. Your account is unchanged.",
            ],
            status=410,
        )

    @classmethod
    def changed(cls, name: str) -> "Stopped":
        return cls(
            "We stopped this request",
            "The answer does not belong to this request of",
            name=name,
            words_after="and this person. A page that stood open since before can cause that.",
            advice=["Start again in your application."],
            status=403,
        )

    @classmethod
    def no_account(cls, name: str, wanted: str | None, email: str) -> "Stopped":
        words_after = "asks for, or there is none." if wanted else "could be connected to."
        facts = [Fact("Account", wanted)] if wanted else []
        return cls(
            "You are not a member of this account",
            f"You are signed in as {email}, who is no member of the account that",
            name=name,
            words_after=words_after,
            facts=facts,
            advice=[
                "Check the address of the server in your application.",
                "Sign out here and sign in as the person who belongs to the account, or ask an"
                " owner of it to add you.",
            ],
            status=403,
        )

    @classmethod
    def feature_off(cls, name: str, account: str) -> "Stopped":
        return cls(
            "The MCP server is off for this account",
            f"Account {account} does not let applications connect, so nothing can be granted to",
            name=name,
            words_after="now.",
            facts=[Fact("Account", account)],
            advice=["An owner of the account, or support, can switch the MCP server on."],
            status=403,
        )


def stopped_page(request: HttpRequest, stopped: Stopped, reference: str) -> HttpResponse:
    context = {
        "stopped": stopped,
        "reference": reference,
        "at": timezone.now(),
        "dashboard": settings.PUBLIC_URL,
    }
    template = "connected_apps/oauth_error.html"
    response = render(request, template, context, status=stopped.status)
    response["Cache-Control"] = "no-store"
    if stopped.wait_seconds:
        response["Retry-After"] = str(stopped.wait_seconds)
    return response


def _shown(text: str) -> str:
    """Printable and short; what else is in it is shown as its code."""
    return text[:MAX_SHOWN].encode("ascii", "backslashreplace").decode("ascii")

"""The form "Create new connection": what it offers to this visitor, and what was sent."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.http import HttpRequest
from django.utils import timezone

from accounts.access import Visitor
from accounts.rights import ALL_SCOPES, Scope, ToolGroup
from connected_apps.access import GROUPS, LEVELS, Access, GroupFacts, Level, scopes_of
from connected_apps.services import DEFAULT_LIFETIME_DAYS
from dashboard.moments import full_date

LIFETIMES = (90, 365, DEFAULT_LIFETIME_DAYS)
DAYS_OF_A_YEAR = 365
MAX_ID_DIGITS = 18
ACCESSES = frozenset(Access)
FORM_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class NewConnection:
    """What was typed and chosen; `lifetime_days` is 0 for none of those offered."""

    form_key: str
    name: str = ""
    access: str = ""
    groups: frozenset[str] = frozenset()
    only_chosen_workspaces: bool = False
    workspace_ids: frozenset[int] = frozenset()
    lifetime_days: int = 0
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def scopes(self) -> frozenset[Scope]:
        if self.access == Access.CHOSEN:
            return scopes_of(ToolGroup(word) for word in self.groups)
        return next((level.scopes for level in LEVELS if level.access == self.access), frozenset())


@dataclass(frozen=True, slots=True)
class Offer:
    """What this visitor may choose from."""

    levels: Sequence[Level]
    groups: Sequence[tuple[ToolGroup, GroupFacts]]
    lifetimes: Sequence[tuple[int, str]]
    cap: str
    is_limited_by_role: bool


def offer_to(visitor: Visitor) -> Offer:
    groups = [(group, facts) for group, facts in GROUPS.items() if visitor.may(facts.scope)]
    cap = visitor.account.token_lifetime_cap_days
    days = sorted({min(each, cap or each) for each in LIFETIMES})
    if cap and cap < DEFAULT_LIFETIME_DAYS and cap not in days:
        days = sorted({*days, cap})
    now = timezone.now()
    return Offer(
        levels=[level for level in LEVELS if all(visitor.may(scope) for scope in level.scopes)],
        groups=groups,
        lifetimes=[(each, _lifetime(each, now)) for each in days],
        cap=lifetime_words(cap) if cap and cap < DEFAULT_LIFETIME_DAYS else "",
        is_limited_by_role=not all(visitor.may(scope) for scope in ALL_SCOPES),
    )


def blank_form(visitor: Visitor) -> NewConnection:
    """The documented defaults: the rights of the person, for as long as the account allows."""
    offer = offer_to(visitor)
    levels = [level.access for level in offer.levels if level.access != Access.CHOSEN]
    return NewConnection(
        form_key=secrets.token_urlsafe(16),
        access=levels[-1],
        lifetime_days=offer.lifetimes[-1][0],
    )


def read_form(request: HttpRequest, visitor: Visitor) -> NewConnection:
    """What was sent, with an error for each field that cannot be taken.

    Raises NotAllowed for rights that the visitor's role lacks: the form offers none of them.
    """
    sent = request.POST
    key = sent.get("form_key", "")
    lifetime = sent.get("lifetime", "")
    offered = {str(days): days for days, _ in offer_to(visitor).lifetimes}
    form = NewConnection(
        form_key=key if FORM_KEY.fullmatch(key) else "",
        name=sent.get("name", "").strip(),
        access=sent.get("access", ""),
        groups=frozenset(word for word in sent.getlist("groups") if word in GROUPS),
        only_chosen_workspaces=sent.get("workspaces") == "some",
        workspace_ids=frozenset(map(int, filter(_is_id, sent.getlist("workspace")))),
        lifetime_days=offered.get(lifetime, 0),
    )
    for scope in form.scopes:
        visitor.require(scope)
    form.errors.update(_errors(form))
    return form


def _errors(form: NewConnection) -> dict[str, str]:
    errors = {}
    if not form.form_key:
        errors["form"] = "The form was incomplete. Check it and send it again."
    if not form.name:
        errors["name"] = "Enter a name, such as Claude Desktop on Macbook."
    if form.access not in ACCESSES:
        errors["access"] = "Choose what the connection may do."
    elif form.access == Access.CHOSEN and not form.groups:
        errors["groups"] = "Choose at least one tool group."
    if form.only_chosen_workspaces and not form.workspace_ids:
        errors["workspaces"] = "Choose at least one workspace, or All."
    if not form.lifetime_days:
        errors["lifetime"] = "Choose one of the lifetimes."
    return errors


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= MAX_ID_DIGITS


def lifetime_words(days: int) -> str:
    """ "90 days", "1 year", "10 years" """
    years, rest = divmod(days, DAYS_OF_A_YEAR)
    count, word = (days, "day") if rest or not years else (years, "year")
    return f"{count} {word}{'' if count == 1 else 's'}"


def _lifetime(days: int, now: datetime) -> str:
    return f"{lifetime_words(days)}, until {full_date(now + timedelta(days=days))}"

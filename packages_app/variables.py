"""The public variables of a package: names to expression texts."""

from collections.abc import Collection, Mapping

from engine.problems import did_you_mean
from engine.system_variables import SYSTEM_VARIABLES
from engine.variables import NAME
from packages_app.complaints import Complaints

MAX_VARIABLES = 200
MAX_EXPRESSION_LENGTH = 10_000
MAX_BYTES = 30_000
"""Of all variables of a package together, so that every answer can show them whole."""

_HIDDEN = "is a secret variable; those are changed in the dashboard alone"


def with_changes(
    current: Mapping[str, str],
    *,
    values: Mapping[str, str],
    remove: Collection[str],
    secret: Collection[str] = (),
) -> dict[str, str]:
    """The variables after the change. Raises InvalidInput with a line for each problem.

    Expressions are not compiled: they may name what is defined later, and validation tells.
    """
    complaints = Complaints()
    for name, expression in values.items():
        _check(name, expression, secret, complaints)
        if name in remove:
            complaints.add(f"set.{name}", "is to be removed in the same call")
    for index, name in enumerate(remove):
        if name in secret:
            complaints.add(f"remove[{index}]", f"'{name}' {_HIDDEN}")
        elif name not in current:
            hint = "" if complaints.are_many else did_you_mean(name[:128], current)
            words = f"there is no variable '{name[:128]}'" + (f". {hint}" if hint else "")
            complaints.add(f"remove[{index}]", words)
    changed = {name: text for name, text in current.items() if name not in remove} | dict(values)
    if len(changed) > MAX_VARIABLES:
        words = f"the package would have {len(changed)} variables; the limit is {MAX_VARIABLES}"
        complaints.add("set", words)
    size = sum(len(name.encode()) + len(text.encode()) for name, text in changed.items())
    if size > MAX_BYTES:
        words = f"the variables would have {size:,} bytes together; the limit is {MAX_BYTES:,}"
        complaints.add("set", words)
    complaints.settle()
    return changed


def _check(name: str, expression: str, secret: Collection[str], complaints: Complaints) -> None:
    place = f"set.{name[:128]}"
    if not NAME.fullmatch(name):
        words = "letters, digits and underscores, at most 128, not beginning with a digit"
        complaints.add(place, f"cannot name a variable: {words}")
    elif name.startswith("_") and name not in SYSTEM_VARIABLES:
        complaints.add(place, "begins with '_', which is kept for the platform")
    elif name in secret:
        complaints.add(place, _HIDDEN)
    if len(expression) > MAX_EXPRESSION_LENGTH:
        words = f"has {len(expression):,} characters; the limit is {MAX_EXPRESSION_LENGTH:,}"
        complaints.add(place, words)

"""Secret variables of a package: plain texts, encrypted at rest, known to its runs alone."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts.models import Account
from audit.actor import Actor
from common.redact import MIN_SECRET_LENGTH
from connections import vault
from engine.variables import NAME
from packages_app.complaints import Complaints
from packages_app.editing import open_package, record
from packages_app.models import Package

MAX_SECRETS = 100
MAX_SECRET_LENGTH = 10_000


def secret_values(package: Package) -> dict[str, str]:
    """The values by name, for a run and for masking; for nothing that is shown."""
    stored = vault.decrypt(package.secret_variables)
    return {name: str(value) for name, value in stored.items() if value is not None}


def secret_variable_names(package: Package) -> list[str]:
    """The names, which are no secret."""
    return sorted(vault.decrypt(package.secret_variables))


@transaction.atomic
def set_secret_variables(
    *,
    account: Account,
    package_id: int,
    actor: Actor,
    values: Mapping[str, str],
    remove: Sequence[str] = (),
) -> list[str]:
    """Set and remove secret variables; answers the names of all. No version is made, and history
    and audit hold names alone.

    Raises InvalidInput, with a line for each problem, and then changes none.
    """
    package = open_package(account=account, package_id=package_id)
    current = secret_values(package)
    complaints = Complaints()
    for name, value in values.items():
        _check(name, value, package, complaints)
    for index, name in enumerate(remove):
        if name not in current or name in values:
            complaints.add(f"remove[{index}]", f"there is no secret variable '{name[:128]}'")
    changed = {name: text for name, text in current.items() if name not in remove} | dict(values)
    if len(changed) > MAX_SECRETS:
        complaints.add("set", f"the package would have more than {MAX_SECRETS} secret variables")
    complaints.settle()
    package.secret_variables = vault.encrypt(changed)
    Package.objects.filter(pk=package.pk).update(secret_variables=package.secret_variables)
    record(package, actor, "set_secret_variables", set=sorted(values), removed=sorted(remove))
    return sorted(changed)


def _check(name: str, value: str, package: Package, complaints: Complaints) -> None:
    place = f"set.{name[:128]}"
    if not NAME.fullmatch(name) or name.startswith("_"):
        words = "letters, digits and underscores, at most 128, beginning with a letter"
        complaints.add(place, f"cannot name a secret variable: {words}")
    elif name in package.variables:
        complaints.add(place, "is a public variable; remove that one first")
    if len(value) < MIN_SECRET_LENGTH:
        words = f"is too short to be masked; use at least {MIN_SECRET_LENGTH} characters"
        complaints.add(place, words)
    if len(value) > MAX_SECRET_LENGTH:
        complaints.add(place, f"is longer than {MAX_SECRET_LENGTH:,} characters")

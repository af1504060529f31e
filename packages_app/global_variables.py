"""Global variables: expressions that all packages of an account may use, and may override."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from accounts.models import Account
from audit import services as audit
from audit.actor import Actor
from packages_app.variables import with_changes


def global_variables(account_id: int) -> dict[str, str]:
    """The account's global variables as they are now."""
    accounts = Account.objects.filter(pk=account_id)
    return dict(accounts.values_list("global_variables", flat=True).get())


@transaction.atomic
def set_global_variables(
    *, account: Account, actor: Actor, values: Mapping[str, str], remove: Sequence[str] = ()
) -> dict[str, str]:
    """Set and remove global variables; the others stay. Answers all of them.

    Raises InvalidInput, with a line for each problem, and then changes none. Runs that are
    submitted already keep the values of that moment.
    """
    row = Account.objects.select_for_update().get(pk=account.pk)
    changed = with_changes(row.global_variables, values=values, remove=remove)
    if changed != row.global_variables:
        row.global_variables = changed
        row.save(update_fields=["global_variables"])
        audit.record(
            actor,
            "set_global_variables",
            object_type="account",
            object_id=row.pk,
            object_label=row.subdomain,
            details={"set": sorted(values), "removed": sorted(remove)},
        )
    return changed

"""The base of the operator's commands."""

from abc import abstractmethod
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.errors import ProductError


class ProductCommand(BaseCommand):
    """A command whose expected errors are one line on standard error and exit code 1."""

    requires_system_checks: list[str] = []  # noqa: RUF012  the base class declares it so

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.act(options)
        except ProductError as error:
            raise CommandError(error.message) from None

    @abstractmethod
    def act(self, options: dict[str, Any]) -> None: ...

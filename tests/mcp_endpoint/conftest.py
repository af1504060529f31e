from collections.abc import Callable
from typing import Any

import pytest

from audit.models import AuditEntry
from mcp_endpoint.models import IdempotentCall
from packages_app.models import Package
from schedules.models import Schedule
from tests.conftest import sample_flow
from tests.mcp_endpoint.modern import ModernClient


@pytest.fixture
def modern(client, account, token) -> ModernClient:
    return ModernClient(client, token)


@pytest.fixture
def footprint() -> Callable[[], list[Any]]:
    """Every row that a change of a package or schedule touches or adds, with all its values."""
    models = (
        Package,
        Package.history.model,
        Schedule,
        Schedule.history.model,
        AuditEntry,
        IdempotentCall,
    )

    def take() -> list[Any]:
        return [list(model.objects.order_by(model._meta.pk.name).values()) for model in models]

    return take


@pytest.fixture
def package(make_package, make_connection) -> Package:
    """The sample flow with a connection that is there."""
    return make_package(flow=sample_flow(make_connection().pk))

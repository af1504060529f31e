import pytest

from runs.models import Run
from runs.services import submit_run
from tests.rest.conftest import service

__all__ = ["service"]


@pytest.fixture
def make_workflow(make_package):
    def make(flow, name="Nightly", **fields):
        fields.setdefault("variables", {})
        return make_package(name=name, flow=flow, flow_type="workflow", **fields)

    return make


@pytest.fixture
def start(account, actor):
    def start(package, **given) -> Run:
        return submit_run(account=account, package_id=package.pk, actor=actor, **given)

    return start


@pytest.fixture
def near(settings) -> None:
    """The operator lets connections reach loopback."""
    settings.CONNECTION_ALLOW_HOSTS = ["127.0.0.1"]

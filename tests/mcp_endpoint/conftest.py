import pytest

from tests.mcp_endpoint.modern import ModernClient


@pytest.fixture
def modern(client, account, token) -> ModernClient:
    return ModernClient(client, token)

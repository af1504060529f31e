"""The product's web server with other tools, prompts and resources: those that the conformance
suite asks for. Everything between the socket and the registries is the product's own."""

from config.wsgi import application
from mcp_endpoint.prompts import PROMPTS
from mcp_endpoint.registry import TOOLS

TOOLS.clear()
PROMPTS.clear()

from tests.foreign.suite_server import asking, prompts, resources, tools  # noqa: E402, F401

resources.register()

__all__ = ["application"]

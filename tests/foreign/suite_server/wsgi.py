"""The product's web server with other tools, prompts and resources: those that the conformance
suite asks for. Everything between the socket and the registries is the product's own."""

from config.wsgi import application
from mcp_endpoint.prompts import PROMPTS
from mcp_endpoint.registry import TOOLS

# A finished task answers as run_package would.
run_package = TOOLS["run_package"]
TOOLS.clear()
TOOLS["run_package"] = run_package
PROMPTS.clear()

from tests.foreign.suite_server import (  # noqa: E402
    asking,  # noqa: F401
    prompts,  # noqa: F401
    resources,
    tasks,
    tools,  # noqa: F401
)

resources.register()
tasks.register()

__all__ = ["application"]

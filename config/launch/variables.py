"""The environment variables that the product's processes are started with."""

import os
from pathlib import Path

from config.launch.addresses import reachable, url_host
from config.launch.layout import ROOT


def product_environment(
    *, host: str = "127.0.0.1", port: int = 8000, demo: bool = True
) -> dict[str, str]:
    """This process's environment with the product's defaults filled in."""
    environment = dict(os.environ)
    data_dir = Path(environment.get("DATA_DIR") or ROOT / "var").absolute()
    environment["DATA_DIR"] = str(data_dir)
    if demo:
        environment.setdefault("LOCAL_DATA_ROOT", str(data_dir / "local"))
    environment.setdefault("PUBLIC_URL", f"http://{url_host(reachable(host))}:{port}")
    return environment

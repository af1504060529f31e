"""The command lines of the product's processes."""

import socket

from config.launch.layout import VENV_PYTHON

PYTHON = str(VENV_PYTHON)
PLATFORM = [PYTHON, "manage.py", "platform", "--with-stdin"]
SCHEDULER = [PYTHON, "manage.py", "scheduler"]
WORKER = [PYTHON, "-m", "celery", "-q", "-A", "config.celery", "worker", "--pool", "threads"]
WORKER += ["--loglevel", "WARNING", "--without-gossip", "--without-mingle"]


def web(host: str, port: int) -> list[str]:
    command = [PYTHON, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", str(socket.getaddrinfo(host, port)[0][4][0]), "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "4", "--workers-kill-timeout", "8"]
    return [*command, "--no-access-log", "--log-level", "warning", "config.wsgi:application"]

#!/usr/bin/env python3
"""Make the environment, serve the product, run its checks, or call manage.py.

It parses on Python 3.8, so that an old Python is refused in a sentence; the work is done in
config/launch, which is loaded only after that.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

from config.launch.layout import ROOT
from config.launch.refusal import OLDEST_PYTHON, CannotContinue, say

HELP = """\
python3 run.py [serve] [--host 127.0.0.1] [--port 8000] [--no-demo]
    Install what is missing, prepare the database and serve until Ctrl-C.
    --no-demo leaves out the demo account and its local files.

python3 run.py web [--host HOST] [--port PORT] | worker | scheduler
    One process alone, as often as wanted, beside PostgreSQL and Redis. Prepare the
    database once before: python3 run.py manage prepare --no-demo.

python3 run.py manage COMMAND ...
    Call manage.py in the same environment.

python3 run.py test [--all] [PYTEST ARGUMENTS ...]
    Lint, check types, run the tests; --all adds the long tests.
    With pytest arguments only pytest runs.

DATA_DIR     folder of the database, the keys and the files (default: var, beside run.py)
PUBLIC_URL   the address people use (default: http://HOST:PORT)
DATABASE_URL, REDIS_URL   PostgreSQL and Redis, for many processes
"""

COMMANDS = ("serve", "web", "worker", "scheduler", "manage", "test")


def require_python(version: tuple[int, ...]) -> None:
    if version < OLDEST_PYTHON:
        found = ".".join(str(part) for part in version[:3])
        wanted = ".".join(str(part) for part in OLDEST_PYTHON)
        raise CannotContinue(
            f"Python {wanted} or newer is needed and this is Python {found}: "
            f"start it with a newer one, for example python{wanted} run.py."
        )


def command(name: str) -> Callable[[list[str]], int]:
    """What does the work of a command; its modules need the Python that was required."""
    from config.launch import handover, serve

    return {
        "serve": serve.serve,
        "web": serve.web,
        "worker": serve.worker,
        "scheduler": serve.scheduler,
        "manage": handover.manage,
        "test": handover.test,
    }[name]


def main(arguments: list[str]) -> int:
    name, rest = "serve", arguments
    if arguments and not arguments[0].startswith("-"):
        name, rest = arguments[0], arguments[1:]
    if name != "manage" and {"-h", "--help"} & set(arguments):
        print(HELP, end="")
        return 0
    if name not in COMMANDS:
        say(f"run.py: there is no command {name!r}; --help lists them.")
        return 2
    try:
        require_python(tuple(sys.version_info[:3]))
        return command(name)(rest)
    except CannotContinue as error:
        say(f"run.py: {error}")
    except OSError as error:
        say(
            f"run.py: Cannot use {error.filename or ROOT} ({error.strerror}): make the folder "
            "writable, or copy the project to a folder you can write to."
        )
    except KeyboardInterrupt:
        say("run.py: Stopped before it was done.")
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

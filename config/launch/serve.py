"""`run.py serve`: prepare the product and keep its processes running; or become one of them."""

import argparse
import signal
import subprocess
from pathlib import Path

from config.launch import commands
from config.launch.addresses import answers, require_free_port
from config.launch.data_folder import claimed
from config.launch.environment import ensure_installed
from config.launch.handover import become
from config.launch.layout import ROOT, VENV_PYTHON
from config.launch.processes import describe_ending, die_with_parent
from config.launch.refusal import CannotContinue, say
from config.launch.supervisor import STOP_SIGNALS, Service, supervise
from config.launch.variables import product_environment


def serve(arguments: list[str]) -> int:
    options = parse_serve(arguments)
    for number in STOP_SIGNALS:
        signal.signal(number, interrupt)
    environment = product_environment(
        host=options.host, port=options.port, demo=not options.no_demo
    )
    with claimed(Path(environment["DATA_DIR"]), options.host, options.port):
        ensure_installed("base")
        greeting = prepare(environment, demo=not options.no_demo)
        public_url = environment["PUBLIC_URL"]
        return supervise(
            services(environment, options.host, options.port),
            is_ready=lambda: answers(options.host, options.port, public_url),
            greeting=greeting,
        )


def services(environment: dict[str, str], host: str, port: int) -> list[Service]:
    """What is kept running: with PostgreSQL and Redis a worker and a scheduler of their own."""
    web = Service("The web server", commands.web(host, port), environment, 10)
    if environment.get("DATABASE_URL") and environment.get("REDIS_URL"):
        return [
            web,
            Service("The worker", commands.WORKER, environment, 20),
            Service("The scheduler", commands.SCHEDULER, environment, 5),
        ]
    return [web, Service("The platform process", commands.PLATFORM, environment, 20)]


def web(arguments: list[str]) -> int:
    """Become one web server. Neither it nor the next two prepare the database."""
    options = parse_serve(arguments)
    require_free_port(options.host, options.port)
    environment = product_environment(
        host=options.host, port=options.port, demo=not options.no_demo
    )
    return become(commands.web(options.host, options.port), environment)


def worker(arguments: list[str]) -> int:
    """Become one worker; further arguments are Celery's."""
    return become([*commands.WORKER, *arguments], product_environment())


def scheduler(arguments: list[str]) -> int:
    """Become one scheduler."""
    return become([*commands.SCHEDULER, *arguments], product_environment())


def parse_serve(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="run.py [serve]", add_help=False, allow_abbrev=False)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--no-demo", action="store_true")
    options = parser.parse_args(arguments)
    if not 1 <= options.port <= 65535:
        parser.error(f"--port: {options.port} is not between 1 and 65535, for example 8000")
    return options


def interrupt(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


def prepare(environment: dict[str, str], *, demo: bool) -> str:
    """Bring database, keys and demo up to date. Returns the greeting for the terminal."""
    command = [str(VENV_PYTHON), "manage.py", "prepare", *([] if demo else ["--no-demo"])]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        preexec_fn=die_with_parent(),
    )
    if done.returncode:
        say(done.stdout)
        raise CannotContinue(
            f"The product could not be prepared (manage.py prepare "
            f"{describe_ending(done.returncode)}): see its messages above."
        )
    return done.stdout

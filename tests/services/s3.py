"""A real server that speaks S3, on a free loopback port: it checks keys, signatures and rights."""

import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import boto3

from connections.drivers import ConnectionSpec
from tests.services.daemons import HOST, free_port, private_folder, shared_server, wait_until
from tests.services.keeper import start_keeper

UNCHECKED_REQUESTS = "6"
"""Those that make the two users; from then on keys, signatures and rights are checked."""

REGION = "us-east-1"
_MASTER = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": "*", "Resource": "*"}
]}"""
_READER = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
]}"""


@dataclass(frozen=True)
class S3Server:
    """A server with a user who may do everything and one who may only read."""

    port: int
    key: str
    secret: str
    reader_key: str
    reader_secret: str

    @property
    def address(self) -> str:
        return f"http://{HOST}:{self.port}"

    def client(self) -> Any:
        """A client of another make than the product's."""
        return _client(self.port, self.key, self.secret)

    def new_bucket(self) -> str:
        name = f"test-{uuid.uuid4().hex[:12]}"
        self.client().create_bucket(Bucket=name)
        return name

    def spec(self, number: int, name: str, **changes: object) -> ConnectionSpec:
        """A connection of the user who may do everything."""
        settings = {
            "username": self.key,
            "password": self.secret,
            "region": REGION,
            "endpoint": self.address,
            **changes,
        }
        return ConnectionSpec(number, name, "s3", settings)


@contextmanager
def shared_s3(run_folder: Path) -> Iterator[S3Server]:
    """The test run's one server."""

    def start(users: Path) -> dict[str, Any]:
        return asdict(_started(users, private_folder("s3")))

    with shared_server(run_folder, "s3", start) as facts:
        yield S3Server(**facts)


def _started(users: Path, folder: Path) -> S3Server:
    port = free_port()
    pidfile = folder / "pid"
    start_keeper(users, folder, pidfile, signal.SIGTERM)
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)],
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": UNCHECKED_REQUESTS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    pidfile.write_text(str(server.pid))
    wait_until(_listening(port), (OSError,))
    iam = _client(port, "testing", "testing", "iam")
    keys = [_made_user(iam, name, policy) for name, policy in _USERS]
    return S3Server(port, *keys[0], *keys[1])


_USERS = (("master", _MASTER), ("reader", _READER))


def _made_user(iam: Any, name: str, policy: str) -> tuple[str, str]:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="rights", PolicyDocument=policy)
    made = iam.create_access_key(UserName=name)["AccessKey"]
    return made["AccessKeyId"], made["SecretAccessKey"]


def _client(port: int, key: str, secret: str, service: str = "s3") -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://{HOST}:{port}",
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


def _listening(port: int) -> Callable[[], object]:
    return lambda: socket.create_connection((HOST, port), timeout=1).close()

"""The S3 rows of the failure list, with the words of a server that speaks like S3."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runs.patterns import find_pattern
from tests.services.daemons import HOST, free_port, wait_until

boto3 = pytest.importorskip("boto3")
exceptions = pytest.importorskip("botocore.exceptions")
pytest.importorskip("moto.server")

POLICY = """{"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Action": ["s3:GetObject", "s3:ListBucket"], "Resource": "*"}
]}"""
UNCHECKED_REQUESTS = "4"
"""Those of the fixture below; from then on keys, signatures and rights are checked."""

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """Make clients of the server; it knows one user, who may read."""
    address = f"http://{HOST}:{(port := free_port())}"
    server = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", HOST, "-p", str(port)],
        env={**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": UNCHECKED_REQUESTS},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def make(key: str, secret: str, service: str = "s3") -> Any:
        return boto3.client(
            service,
            endpoint_url=address,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    def make_user() -> dict[str, str]:
        iam = make("testing", "testing", "iam")
        iam.create_user(UserName="reader")
        iam.put_user_policy(UserName="reader", PolicyName="read", PolicyDocument=POLICY)
        made: dict[str, str] = iam.create_access_key(UserName="reader")["AccessKey"]
        make("testing", "testing").create_bucket(Bucket="here")
        return made

    try:
        wait_until(_listening(port), (OSError,))
        known = make_user()

        def for_user(key: str = "", secret: str = "") -> Any:
            return make(key or known["AccessKeyId"], secret or known["SecretAccessKey"])

        yield for_user
    finally:
        server.terminate()
        server.wait(timeout=20)


def _listening(port: int) -> Callable[[], object]:
    return lambda: socket.create_connection((HOST, port), timeout=1).close()


def refusal(call: Callable[[], object]) -> str:
    with pytest.raises(exceptions.ClientError) as refused:
        call()
    return str(refused.value)


def test_a_wrong_secret_is_recognised(client):
    text = refusal(lambda: client(secret="wrong").list_objects_v2(Bucket="here"))

    assert "SignatureDoesNotMatch" in text
    assert find_pattern(text).number == 42


def test_an_unknown_key_is_recognised(client):
    text = refusal(lambda: client(key="AKIAUNKNOWN0000000000").list_objects_v2(Bucket="here"))

    assert "InvalidAccessKeyId" in text
    assert find_pattern(text).number == 42


def test_a_missing_right_is_recognised(client):
    text = refusal(lambda: client().put_object(Bucket="here", Key="a.csv", Body=b"x"))

    assert "AccessDenied" in text
    assert find_pattern(text).number == 43


@pytest.mark.parametrize(
    "call",
    [
        lambda s3: s3.list_objects_v2(Bucket="not-here"),
        lambda s3: s3.get_object(Bucket="here", Key="missing.csv"),
        lambda s3: s3.head_object(Bucket="here", Key="missing.csv"),
    ],
)
def test_a_missing_bucket_or_key_is_recognised(client, call):
    text = refusal(lambda: call(client()))

    assert find_pattern(text).number == 44, text

"""Buckets of S3, and of servers that speak like it."""

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from common.errors import InvalidInput
from connections.drivers import patterns
from connections.drivers.base import (
    MAX_SMALL_FILE_BYTES,
    ConnectionSpec,
    FileInfo,
    FileWrite,
    Note,
    Reach,
    Writer,
    WriteToken,
)
from connections.drivers.patterns import PathPattern, is_hidden, is_pattern
from connections.drivers.s3_failures import StoreRefused

if TYPE_CHECKING:
    pass

MAX_PAGES = 1_000
"""Most pages of keys that are looked through for one path."""

PAGE_KEYS = 1_000

MISSING = ("NoSuchKey", "NotFound")
_REGION = r"^[a-z0-9]+(-[a-z0-9]+)*$"
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
_ADDRESS = re.compile(r"https?://[^/@?#\s\\]+/?")


class S3Settings(BaseModel):
    """Settings of an S3 connection."""

    model_config = ConfigDict(extra="forbid")

    username: str = Field(
        default="",
        max_length=128,
        description="Access key id; empty for buckets that everybody may read.",
    )
    password: str = Field(
        default="",
        max_length=256,
        description="Secret access key.",
        json_schema_extra={"secret": True},
        repr=False,
    )
    region: str = Field(
        default="us-east-1", max_length=64, pattern=_REGION, description="Region of the buckets."
    )
    endpoint: str = Field(
        default="",
        max_length=512,
        description="http(s)://host[:port] of a server that speaks like S3; empty for AWS.",
    )
    bucket: str = Field(
        default="", max_length=255, description="The bucket where a component names none."
    )

    @field_validator("endpoint")
    @classmethod
    def _is_address(cls, value: str) -> str:
        if value and not _ADDRESS.fullmatch(value):
            raise ValueError("must be http:// or https:// with a host and perhaps a port")
        return value.rstrip("/")


class S3Driver:
    """Objects of buckets, seen as files: `/` divides a key into folders and a name."""

    def __init__(self, spec: ConnectionSpec, settings: S3Settings, reach: Reach) -> None:
        # A second and 20 MiB, which only those who use S3 shall pay.
        from connections.drivers.s3_session import S3Session

        self.connection_name = spec.name
        self._settings = settings
        self._session: S3Session = S3Session(
            spec.name,
            key=settings.username,
            secret=settings.password,
            region=settings.region,
            address=settings.endpoint,
            reach=reach,
        )

    def ping(self) -> None:
        """Keys that may not list all buckets are good keys all the same."""
        if bucket := self._settings.bucket:
            self._session.call("list_objects_v2", bucket, Bucket=bucket, MaxKeys=1)
            return
        try:
            self._session.call("list_buckets", "the list of buckets")
        except StoreRefused as error:
            if error.code != "AccessDenied":
                raise

    def close(self) -> None:
        self._session.close()

    def cancel(self) -> None:
        self._session.cancel()

    def list_files(self, pattern: str, bucket: str | None = None) -> list[FileInfo]:
        place = self._bucket(bucket)
        path = pattern.removeprefix("./").lstrip("/")
        found: Iterator[FileInfo]
        if is_pattern(path):
            compiled = PathPattern(path)
            found = (
                file
                for file in self._below(place, compiled.prefix)
                if not is_hidden(file.path) and compiled.matches(file.path)
            )
        else:
            found = self._named(place, path.rstrip("/") if path != "." else "")
        files: list[FileInfo] = []
        for file in found:
            if len(files) == patterns.MAX_FILES:
                raise patterns.too_many()
            files.append(file)
        return sorted(files, key=lambda file: file.path)

    def read_part(self, path: str, start: int, length: int, bucket: str | None = None) -> bytes:
        if length <= 0:
            return b""
        try:
            return self._content(
                self._bucket(bucket), path, Range=f"bytes={start}-{start + length - 1}"
            )
        except StoreRefused as error:
            if error.code in ("InvalidRange", "416"):
                return b""
            raise

    def local_path(self, file: FileInfo) -> Path | None:
        return None

    def fetch(self, files: Sequence[tuple[FileInfo, Path]], arrived: Callable[[int], None]) -> None:
        from connections.drivers.s3_transfer import fetch_all

        wanted = [(self._bucket(file.bucket), file, target) for file, target in files]
        fetch_all(self._session, wanted, arrived)

    def read_small(self, path: str, bucket: str | None = None) -> bytes | None:
        place = self._bucket(bucket)
        try:
            data = self._content(place, path, Range=f"bytes=0-{MAX_SMALL_FILE_BYTES}")
        except StoreRefused as error:
            if error.code in MISSING:
                return None
            if error.code in ("InvalidRange", "416"):
                return b""
            raise
        if len(data) > MAX_SMALL_FILE_BYTES:
            raise InvalidInput(
                f"{path[:200]} is larger than the {MAX_SMALL_FILE_BYTES:,} bytes that are read."
            )
        return data

    def replace_small(self, path: str, data: bytes, bucket: str | None = None) -> None:
        place = self._bucket(bucket)
        self._session.call("put_object", f"{place}/{path}", Bucket=place, Key=path, Body=data)

    def put(self, source: Path, path: str, bucket: str | None = None) -> None:
        from connections.drivers.s3_transfer import send_file

        send_file(self._session, source, self._bucket(bucket), path)

    def remove(self, path: str, bucket: str | None = None) -> None:
        place = self._bucket(bucket)
        self._session.call("delete_object", f"{place}/{path}", Bucket=place, Key=path)

    def writer(self, target: FileWrite, token: WriteToken, note: Note) -> Writer:
        from connections.drivers.s3_writer import S3Writer

        return S3Writer(self._session, self._bucket(target.bucket), target, token, note)

    def _bucket(self, given: str | None) -> str:
        bucket = given or self._settings.bucket
        if not bucket:
            raise InvalidInput(
                "bucket: is required; the connection has no default bucket", quotes_outside=False
            )
        if not _BUCKET.fullmatch(bucket):
            words = f"bucket: '{bucket[:80]}' is no name of a bucket"
            raise InvalidInput(words, quotes_outside=False)
        return bucket

    def _content(self, bucket: str, key: str, **arguments: object) -> bytes:
        async def work(client: Any) -> bytes:
            answer = await client.get_object(Bucket=bucket, Key=key, **arguments)
            async with answer["Body"] as stream:
                data: bytes = await stream.read()
                return data

        return self._session.run(work, f"{bucket}/{key}")

    def _named(self, bucket: str, path: str) -> Iterator[FileInfo]:
        """The object of that key, or else those directly in the folder of that name."""
        if path:
            first = next(self._below(bucket, path, most=1), None)
            if first is not None and first.path == path:
                yield first
                return
        folder = f"{path}/" if path else ""
        for file in self._below(bucket, folder, delimiter="/"):
            if not is_hidden(file.path.removeprefix(folder)):
                yield file

    def _below(
        self, bucket: str, prefix: str, *, delimiter: str = "", most: int | None = None
    ) -> Iterator[FileInfo]:
        """Objects whose key begins so, in the order of keys; marks of folders left aside."""
        arguments: dict[str, object] = {
            "Bucket": bucket,
            "Prefix": prefix,
            "MaxKeys": most or PAGE_KEYS,
        }
        if delimiter:
            arguments["Delimiter"] = delimiter
        for _ in range(MAX_PAGES):
            answer = self._session.call("list_objects_v2", bucket, **arguments)
            for entry in answer.get("Contents", ()):
                if not entry["Key"].endswith("/"):
                    version = str(entry.get("ETag", "")).strip('"')
                    yield FileInfo(entry["Key"], int(entry["Size"]), bucket, version)
            if most == 1 or not answer.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = answer["NextContinuationToken"]
        raise InvalidInput(
            f"The path leads through more than {MAX_PAGES * PAGE_KEYS:,} objects; let it begin"
            " with a narrower folder.",
            quotes_outside=False,
        )

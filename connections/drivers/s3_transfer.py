"""Objects into local files and streams into objects, in bounded memory."""

import asyncio
import concurrent.futures
import io
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import botocore.exceptions

from common.errors import ProductError, UpstreamFailed
from connections.drivers.base import FileInfo
from connections.drivers.s3_session import ATTEMPTS, Client, S3Session

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_CHUNK = 1024 * 1024
_AT_ONCE = 4
"""Objects that arrive side by side."""

PART_BYTES = 8 * 1024 * 1024
"""Size of an upload's parts; later ones are larger, since there may be 10,000 at most."""

_LARGE_PART_BYTES = 64 * 1024 * 1024
_SMALL_PARTS = 5_000
_MAX_PARTS = 10_000
_WAITING = 2
"""Parts on their way while the next one is filled."""


def fetch_all(
    session: S3Session,
    files: Sequence[tuple[str, FileInfo, Path]],
    arrived: Callable[[int], None],
) -> None:
    """Copy objects (bucket, object, new local file). One that has changed is refused."""
    place = files[0][0] if files else ""

    async def work(client: Client) -> None:
        free = asyncio.Semaphore(_AT_ONCE)

        async def one(bucket: str, file: FileInfo, target: Path) -> None:
            async with free:
                await _fetch(client, bucket, file, target, arrived)

        async with asyncio.TaskGroup() as group:
            for entry in files:
                group.create_task(one(*entry))

    session.run(work, place)


async def _fetch(
    client: Client, bucket: str, file: FileInfo, target: Path, arrived: Callable[[int], None]
) -> None:
    """A connection that breaks is taken up again where it broke."""
    done = 0
    with target.open("wb") as out:
        for attempt in range(ATTEMPTS):
            try:
                done += await _fetch_rest(client, bucket, file, done, out, arrived)
            except (TimeoutError, botocore.exceptions.HTTPClientError, OSError):
                done = out.tell()
                if attempt == ATTEMPTS - 1:
                    raise
                continue
            if done == file.size_bytes:
                return
    raise UpstreamFailed(
        f"{bucket}/{file.path[:200]}: {done:,} of {file.size_bytes:,} bytes arrived.",
        retryable=True,
    )


async def _fetch_rest(
    client: Client,
    bucket: str,
    file: FileInfo,
    start: int,
    out: BinaryIO,
    arrived: Callable[[int], None],
) -> int:
    wanted: dict[str, Any] = {"IfMatch": file.version} if file.version else {}
    if start:
        wanted["Range"] = f"bytes={start}-"
    answer = await client.get_object(Bucket=bucket, Key=file.path, **wanted)
    size = 0
    async with answer["Body"] as stream:
        while chunk := await stream.read(_CHUNK):
            out.write(chunk)
            size += len(chunk)
            arrived(len(chunk))
    return size


@dataclass(frozen=True, slots=True)
class Upload:
    """An object that is complete but not yet visible."""

    key: str
    upload_id: str
    parts: tuple[dict[str, Any], ...]


class UploadStream(io.RawIOBase):
    """A file that becomes a hidden upload; `finished` is it once the stream is closed."""

    def __init__(self, session: S3Session, bucket: str, key: str) -> None:
        super().__init__()
        self.finished: Upload | None = None
        self._session = session
        self._bucket = bucket
        self._key = key
        self._place = f"{bucket}/{key}"
        answer = session.call("create_multipart_upload", self._place, Bucket=bucket, Key=key)
        self.upload_id = str(answer["UploadId"])
        self._filling = bytearray()
        self._size = 0
        self._parts: list[dict[str, Any]] = []
        self._begun = 0
        self._sent: list[concurrent.futures.Future[dict[str, Any]]] = []
        self._has_failed = False

    @property
    def size_bytes(self) -> int:
        """What was written so far."""
        return self._size

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._size

    def write(self, data: "ReadableBuffer", /) -> int:
        size = memoryview(data).nbytes
        self._filling += data
        self._size += size
        wanted = PART_BYTES if self._begun < _SMALL_PARTS else _LARGE_PART_BYTES
        if len(self._filling) >= wanted:
            self._send()
        return size

    def close(self) -> None:
        """Send what is left. The object stays hidden."""
        if self.closed:
            return
        try:
            if not self._has_failed:
                if self._filling or not self._begun:
                    self._send()
                while self._sent:
                    self._take_in()
                self.finished = Upload(self._key, self.upload_id, tuple(self._parts))
        finally:
            super().close()

    def _send(self) -> None:
        self._begun += 1
        if self._begun > _MAX_PARTS:
            raise UpstreamFailed(
                f"{self._place}: the file is too large for one object; set max_file_mb."
            )
        number, body = self._begun, bytes(self._filling)
        self._filling = bytearray()

        async def work(client: Client) -> dict[str, Any]:
            answer = await client.upload_part(
                Bucket=self._bucket,
                Key=self._key,
                UploadId=self.upload_id,
                PartNumber=number,
                Body=body,
            )
            return {"PartNumber": number, "ETag": answer["ETag"]}

        self._sent.append(self._session.start(work))
        if len(self._sent) > _WAITING:
            self._take_in()

    def _take_in(self) -> None:
        try:
            self._parts.append(self._session.outcome(self._sent.pop(0), self._place))
        except BaseException:
            self._has_failed = True
            raise


def publish(session: S3Session, bucket: str, upload: Upload) -> None:
    """Make a hidden upload the object of its key."""
    session.call(
        "complete_multipart_upload",
        f"{bucket}/{upload.key}",
        Bucket=bucket,
        Key=upload.key,
        UploadId=upload.upload_id,
        MultipartUpload={"Parts": list(upload.parts)},
    )


def send_file(session: S3Session, source: Path, bucket: str, key: str) -> None:
    """Copy a local file into an object, which appears whole or not at all."""
    place = f"{bucket}/{key}"
    stream = UploadStream(session, bucket, key)
    try:
        with source.open("rb") as content:
            while chunk := content.read(_CHUNK):
                stream.write(chunk)
        stream.close()
        if stream.finished is not None:
            publish(session, bucket, stream.finished)
    except BaseException:
        with suppress(ProductError, OSError):
            stream.close()
        with suppress(ProductError):
            session.call(
                "abort_multipart_upload", place, Bucket=bucket, Key=key, UploadId=stream.upload_id
            )
        raise

"""Delivery of rows into a folder of a bucket. A small object beside the folder is the marker.

An object store renames nothing. Instead every file is an upload that stays hidden until it is
completed, which makes it visible at once. The marker says, from the commit on, which files belong
to the delivery and which old ones a replacement takes away:

no marker                          nothing was begun, or everything is done
a marker, not all its files there  nothing counts: uploads and files go, and are loaded again
a marker and all its files there   the delivery counts; what is left of a replacement is finished

The names of the files hold the run, so that a repeat replaces itself. With one file the rows appear
in one step; several appear one after the other, within moments.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from common.errors import Conflict, InvalidInput
from connections.drivers.base import FileWrite, Note, Rejected, WriteToken
from connections.drivers.failures import upstream
from connections.drivers.file_formats import OutputFiles
from connections.drivers.folder_writer import STAGING_PREFIX
from connections.drivers.s3_failures import StoreRefused
from connections.drivers.s3_session import Client, S3Session
from connections.drivers.s3_transfer import UploadStream, publish

_GONE = ("NoSuchKey", "NotFound", "NoSuchUpload")


class S3Writer:
    """Implements the Writer protocol of the base module by uploads that wait."""

    def __init__(
        self, session: S3Session, bucket: str, target: FileWrite, token: WriteToken, note: Note
    ) -> None:
        """Raises InvalidInput for a directory that cannot be."""
        parts = [part for part in target.directory.split("/") if part not in ("", ".")]
        if ".." in parts:
            raise InvalidInput("The directory may not hold '..'.", quotes_outside=False)
        if not parts and target.action != "append":
            raise InvalidInput(
                "The directory must lie below the bucket, unless files are appended.",
                quotes_outside=False,
            )
        suffix = token.suffix.replace("_", "-")
        self._session = session
        self._bucket = bucket
        self._target = target
        self._note = note
        self._folder = "".join(f"{part}/" for part in parts)
        parent = "".join(f"{part}/" for part in parts[:-1])
        self._marker = f"{parent}{STAGING_PREFIX}{suffix}"
        self._stem = f"{self._folder}{target.file_prefix}-{suffix}"
        self._streams: list[UploadStream] = []

    def has_marker(self) -> bool:
        plan = self._read_marker()
        if plan is None:
            return False
        files = plan.get("files")
        if not files or not set(files) <= set(self._keys(self._stem)):
            return True
        self._finish(plan)
        return False

    def discard(self) -> None:
        for upload in self._uploads():
            self._call("abort_multipart_upload", upload["Key"], UploadId=upload["UploadId"])
        self._delete(self._own_keys())
        self._delete([self._marker])
        self._streams = []

    def begin(self) -> None:
        self.discard()
        self._refuse_existing()
        self._write_marker({})

    def load(
        self,
        schema: pa.Schema,
        batches: Iterator[pa.RecordBatch],
        rejected: Rejected | None = None,
    ) -> int:
        files = OutputFiles(
            self._opened, self._stem.removeprefix(self._folder), schema, self._target
        )
        try:
            count = files.write_all(batches)
        except (OSError, pa.ArrowException) as error:
            files.abandon()
            raise upstream(self._target.directory, error) from None
        for name, stream in zip(files.names, self._streams, strict=True):
            self._note("INFO", f"Uploaded {name} ({stream.size_bytes:,} bytes).")
        return count

    def commit(self) -> None:
        self._refuse_existing()
        uploads = [stream.finished for stream in self._streams if stream.finished is not None]
        old = list(self._others()) if self._target.action == "replace" else []
        plan = {"files": [upload.key for upload in uploads], "old": old}
        self._write_marker(plan)
        for upload in uploads:
            publish(self._session, self._bucket, upload)
        self._finish(plan)

    def finish(self) -> None:
        """Nothing comes after the commit."""

    def _opened(self, name: str) -> pa.NativeFile:
        stream = UploadStream(self._session, self._bucket, f"{self._folder}{name}")
        self._streams.append(stream)
        return pa.PythonFile(stream, mode="w")

    def _finish(self, plan: dict[str, Any]) -> None:
        """The new files are there: the old ones go, and then the marker."""
        self._delete(plan.get("old", ()))
        self._delete([self._marker])

    def _refuse_existing(self) -> None:
        if self._target.action == "fail_if_exists" and next(self._others(), None) is not None:
            raise Conflict(
                f"The directory {self._target.directory} exists and is not empty. Nothing was"
                " written. Choose another directory, or the destination action replace or append."
            )

    def _others(self) -> Iterator[str]:
        """Objects in the folder and below that are not of this delivery."""
        own = set(self._own_keys())
        return (key for key in self._keys(self._folder) if key not in own)

    def _own_keys(self) -> list[str]:
        return [key for key in self._keys(self._stem) if key[len(self._stem)] in ".-"]

    def _keys(self, prefix: str) -> Iterator[str]:
        arguments: dict[str, object] = {"Prefix": prefix}
        while True:
            answer = self._session.call(
                "list_objects_v2", self._bucket, Bucket=self._bucket, **arguments
            )
            yield from (entry["Key"] for entry in answer.get("Contents", ()))
            if not answer.get("IsTruncated"):
                return
            arguments["ContinuationToken"] = answer["NextContinuationToken"]

    def _uploads(self) -> list[dict[str, Any]]:
        answer = self._session.call(
            "list_multipart_uploads", self._bucket, Bucket=self._bucket, Prefix=self._stem
        )
        return list(answer.get("Uploads", ()))

    def _read_marker(self) -> dict[str, Any] | None:
        async def work(client: Client) -> bytes:
            answer = await client.get_object(Bucket=self._bucket, Key=self._marker)
            async with answer["Body"] as stream:
                data: bytes = await stream.read()
                return data

        try:
            plan: dict[str, Any] = json.loads(self._session.run(work, self._marker))
        except StoreRefused as error:
            if error.code in _GONE:
                return None
            raise
        return plan

    def _write_marker(self, plan: dict[str, Any]) -> None:
        self._call("put_object", self._marker, Body=json.dumps(plan).encode())

    def _delete(self, keys: Iterable[str]) -> None:
        for key in keys:
            self._call("delete_object", key)

    def _call(self, operation: str, key: str, **arguments: object) -> None:
        place = f"{self._bucket}/{key}"
        try:
            self._session.call(operation, place, Bucket=self._bucket, Key=key, **arguments)
        except StoreRefused as error:
            if error.code not in _GONE:
                raise

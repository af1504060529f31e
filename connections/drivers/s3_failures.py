"""What S3 and servers like it refuse, in words that say what to do next."""

import re
from typing import Any, Final

from common.errors import UpstreamFailed

_MAX_WORDS = 200
_BARE: Final = {"404": "NotFound", "403": "AccessDenied", "301": "PermanentRedirect"}
"""Codes of answers without a body."""

_KEYS = (
    "Replace the access key id (username) and the secret key (password) of the connection; check"
    " its region and the server's clock."
)
_RIGHTS = (
    "The keys may not do this. Look at the bucket's policy and its encryption key: reading needs"
    " ListBucket and GetObject, writing also PutObject, DeleteObject and AbortMultipartUpload."
)
_MISSING = "Check bucket and path, their date variables, and whether the file has arrived."
_REGION = "Set the region of the bucket in the connection."
_BUSY = "The store asks for fewer requests; run again in a few minutes."

_WAYS_OUT: Final[tuple[tuple[str, str, bool], ...]] = (
    (r"InvalidAccessKeyId|SignatureDoesNotMatch|.*Token.*|RequestTimeTooSkewed", _KEYS, False),
    (r"NoSuchBucket|NoSuchKey|NotFound", _MISSING, False),
    (r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocation.*", _REGION, False),
    (r"AccessDenied|.*Forbidden|AllAccessDisabled|KMS.*", _RIGHTS, False),
    (r"SlowDown|ServiceUnavailable|TooManyRequests|Throttl.*|503|429", _BUSY, True),
    (r"InternalError|RequestTimeout|5\d\d", "Try again later.", True),
    (r"PreconditionFailed|412", "The file was changed while it was being read; run again.", True),
    (r"InvalidBucketName", "Correct the name of the bucket.", False),
)


class StoreRefused(UpstreamFailed):
    """An answer that is a refusal; `code` is the store's own word for it."""

    def __init__(self, message: str, code: str, *, retryable: bool) -> None:
        super().__init__(message, retryable=retryable)
        self.code = code


def refused(connection_name: str, place: str, answer: dict[str, Any]) -> StoreRefused:
    """The refusal in an answer of the store about a bucket or one of its keys."""
    error = answer.get("Error", {})
    given = str(error.get("Code") or answer.get("ResponseMetadata", {}).get("HTTPStatusCode", ""))
    code = _BARE.get(given, given) or "Unknown"
    said = " ".join(str(error.get("Message") or "").split())[:_MAX_WORDS].rstrip(".")
    way_out, retryable = _way_out(code)
    told = f"{code}: {said}" if said and said != given else code
    return StoreRefused(
        f"{connection_name}: {place[:_MAX_WORDS]}: {told}. {way_out}".strip(),
        code,
        retryable=retryable,
    )


def unreachable(connection_name: str, host: str, error: BaseException) -> UpstreamFailed:
    """No answer at all."""
    words = " ".join(str(error).split())[:_MAX_WORDS] or type(error).__name__
    return UpstreamFailed(
        f"{connection_name}: {host} cannot be reached: {words}. Check endpoint and region of the"
        " connection, the network and the certificate.",
        retryable=True,
    )


def _way_out(code: str) -> tuple[str, bool]:
    for pattern, words, retryable in _WAYS_OUT:
        if re.fullmatch(pattern, code):
            return words, retryable
    return "", False

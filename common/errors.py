"""Every error the product raises on purpose.

    ProductError
    ├── InvalidInput        the caller can correct it        page 422, tool result isError
    ├── NotFound            absent, or another account's     page 404, tool result isError
    ├── Conflict            the state forbids it now         page 409, tool result isError
    ├── NotAllowed          the right is missing             page 403, tool result isError
    └── UpstreamFailed      a foreign system failed          page 502, tool result isError

Anything else that is raised is a defect of ours: it is logged once and answered with a reference
number. The text of an error is shown to callers: it names the field, the limit and the way out,
and never repeats an upstream text that has not passed `common.redact`.
"""


class ProductError(Exception):
    """Base of all expected errors; `message` is fit to be shown to the caller.

    `quotes_outside` says whether the message holds words of a foreign system: its names, values or
    errors. None means that nobody has judged yet.
    """

    http_status = 400

    def __init__(self, message: str, *, quotes_outside: bool | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.quotes_outside = quotes_outside


class InvalidInput(ProductError):
    http_status = 422


class NotFound(ProductError):
    http_status = 404


class Conflict(ProductError):
    http_status = 409


class NotAllowed(ProductError):
    http_status = 403


class UpstreamFailed(ProductError):
    """A system we do not own did not do its part; `retryable` says whether waiting may help."""

    http_status = 502

    def __init__(
        self, message: str, *, retryable: bool = False, quotes_outside: bool | None = True
    ) -> None:
        super().__init__(message, quotes_outside=quotes_outside)
        self.retryable = retryable

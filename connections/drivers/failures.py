"""Foreign errors in our words: one line, short, told apart by whether waiting may help."""

from common.errors import UpstreamFailed

_MAX_MESSAGE = 500


def upstream(connection_name: str, error: Exception, *, retryable: bool = False) -> UpstreamFailed:
    """What a foreign system said, its first line only."""
    return UpstreamFailed(f"{connection_name}: {first_line(error)}", retryable=retryable)


def first_line(error: BaseException) -> str:
    """The first line of an error's text, at most 500 characters."""
    text = str(error).strip()
    return (text.splitlines()[0] if text else type(error).__name__)[:_MAX_MESSAGE]


def writer_waits(connection_name: str, seconds: float) -> UpstreamFailed:
    """Another writer holds the file and did not let go in time."""
    return UpstreamFailed(
        f"{connection_name} is in use by another writer and was not free within {seconds:.0f}"
        " seconds. Nothing was changed; try again later.",
        retryable=True,
    )

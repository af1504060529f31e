"""Salesforce, other services over HTTP, and the road to them: names, ports, certificates."""

from runs.patterns.base import Pattern, row


def _status(*codes: int) -> str:
    """An HTTP status where it is told as one, not any number that happens to be equal."""
    number = f"(?:{'|'.join(map(str, codes))})"
    told = r"\b(?:HTTP(?:/[\d.]+)?(?: error)?|status(?: code)?|response(?: code)?)\s*[:=]?\s*"
    return rf"{told}{number}\b|\b{number} (?:Client|Server) Error\b"


SALESFORCE: tuple[Pattern, ...] = (
    row(
        50,
        "salesforce_login",
        "auth",
        r"INVALID_LOGIN|INVALID_SESSION_ID|invalid_grant",
        "Authorise the connection again.",
    ),
    row(
        51,
        "salesforce_quota",
        "quota",
        r"REQUEST_LIMIT_EXCEEDED|TotalRequests Limit exceeded|ExceededQuota",
        "Wait for the daily reset, use larger batches, and run less often.",
    ),
    row(
        52,
        "salesforce_field",
        "schema",
        r"\bINVALID_FIELD\b|No such column '[^']*' on entity",
        "The field was renamed or is hidden from the user: refresh the fields of the source.",
    ),
    row(
        53,
        "salesforce_rule",
        "constraint",
        r"REQUIRED_FIELD_MISSING|FIELD_CUSTOM_VALIDATION_EXCEPTION|DUPLICATES_DETECTED",
        "Map the required field, and meet the validation rule or have it bypassed for the user.",
    ),
    row(
        54,
        "salesforce_lock",
        "lock",
        r"UNABLE_TO_LOCK_ROW",
        "Sort by the parent record, use smaller batches or the serial mode, then retry.",
    ),
    row(
        55,
        "salesforce_permission",
        "permission",
        r"INSUFFICIENT_ACCESS|API_DISABLED_FOR_ORG",
        "Grant the user access to the object and to the API.",
    ),
)

HTTP: tuple[Pattern, ...] = (
    row(
        66,
        "http_unauthorised",
        "auth",
        _status(401) + r"|\b401 Unauthorized|\binvalid_token\b|\btoken (has |is )?expired",
        "Authorise again; check the header that carries the token, and its scope.",
    ),
    row(
        67,
        "http_forbidden",
        "permission",
        _status(403) + r"|\b403 Forbidden|\binsufficient[ _]scope",
        "Grant the missing scope or role.",
    ),
    row(
        68,
        "http_rate_limit",
        "quota",
        _status(429) + r"|\bToo Many Requests\b|\brate limit|\bRetry-After\b",
        "Set a pause between calls, and call with less parallelism.",
    ),
    row(
        69,
        "http_passing_failure",
        "transient",
        _status(500, 502, 503, 504)
        + r"|\b50[0234] (Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time)"
        r"|\bRead timed out|\bConnection (reset by peer|aborted)|Remote end closed connection"
        r"|\bBroken pipe\b|\bEOF\b|\bEOF(Error|Exception)\b",
        "Retry; when it comes again, ask for smaller pages.",
    ),
)

ROAD: tuple[Pattern, ...] = (
    row(
        74,
        "certificate",
        "tls",
        r"PKIX path building failed|certificate[ _]verify[ _]failed|certificate has expired"
        r"|self[- ]signed certificate|unable to get local issuer certificate"
        r"|SSLHandshakeException|WRONG_VERSION_NUMBER",
        "Renew the certificate or add its authority, and check that it names this host.",
    ),
    row(
        73,
        "unreachable_host",
        "network",
        r"UnknownHostException|Name or service not known|nodename nor servname"
        r"|name resolution|could not translate host name|failed to resolve host|No route to host"
        r"|Network is unreachable|Connection refused|ConnectException"
        r"|\b(Connection|Operation) timed out|timeout expired",
        "Check host, DNS, port, firewall and tunnel of the connection.",
    ),
)

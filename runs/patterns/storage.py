"""S3 and what speaks like it; SFTP."""

from runs.patterns.base import Pattern, row

S3: tuple[Pattern, ...] = (
    row(
        42,
        "s3_keys",
        "auth",
        r"InvalidAccessKeyId|SignatureDoesNotMatch|\bExpiredToken|RequestTimeTooSkewed"
        r"|Unable to locate credentials",
        "Replace the access keys in the connection; check the clock and the region.",
    ),
    row(
        43,
        "s3_access_denied",
        "permission",
        r"\bAccess ?Denied\b",
        "Look at the bucket's policy and the encryption key, and grant ListBucket as well as "
        "GetObject.",
    ),
    row(
        44,
        "s3_not_found",
        "not found",
        r"NoSuchKey|NoSuchBucket|Input path does not exist|matches 0 files"
        r"|specified (key|bucket) does not exist|\(404\) when calling the Head",
        "Check the path, its date variables, and whether the file has arrived.",
        tool="get_package",
    ),
    row(
        45,
        "s3_region",
        "config",
        r"PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraint",
        "Set the region of the bucket in the connection.",
        tool="get_connection",
    ),
    row(
        46,
        "s3_slow_down",
        "quota",
        r"\bSlow ?Down\b|reduce your request rate",
        "Read with less parallelism, and retry after a while.",
    ),
)

SFTP: tuple[Pattern, ...] = (
    row(
        47,
        "sftp_login",
        "auth",
        r"\bAuth fail\b|Permission denied \([\w,-]*(publickey|password|keyboard-interactive)"
        r"|Permission denied for user \S+ on host",
        "Correct the key or the password, and check which ways of signing in the server takes.",
    ),
    row(
        48,
        "sftp_unreachable",
        "network",
        r"(ssh|sftp|port 22)\b.*timed out|Algorithm negotiation fail|Host ?Key has been changed"
        r"|HOST IDENTIFICATION HAS CHANGED|Host key (verification failed|is not trusted)"
        r"|no matching (host key|key exchange|cipher|mac)",
        "Have the platform's address allowed, switch on a shared algorithm, or confirm the new "
        "host key.",
    ),
    row(
        49,
        "sftp_not_found",
        "not found",
        r"\bNo such file\b|\b(folder|directory) is empty\b|SSH_FX_NO_SUCH_FILE",
        "Check the path; it begins at the folder the login starts in.",
        tool="get_package",
    ),
)

import pytest

from common.redact import MASK, redact

SECRET = "s3cr3t-canary-value"


@pytest.mark.parametrize(
    "text",
    [
        f"password={SECRET}",
        f'{{"api_key": "{SECRET}"}}',
        f"PGPASSWORD: {SECRET}",
        f"could not connect to postgres://app:{SECRET}@db.example:5432/x",
        f"Authorization: Bearer {SECRET}",
        f"header authorization=Basic {SECRET}==",
        f"client_secret = '{SECRET}'",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SECRET}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SECRET}",
    ],
)
def test_texts_that_look_like_secrets_are_masked(text):
    cleaned = redact(text)

    assert SECRET not in cleaned
    assert MASK in cleaned


def test_known_secrets_are_masked_wherever_they_stand():
    assert redact(f"row 7 held {SECRET}!", [SECRET]) == f"row 7 held {MASK}!"


def test_a_longer_secret_is_masked_before_its_part():
    assert redact("abcdefgh", ["abcd", "abcdefgh"]) == MASK


def test_our_own_tokens_and_cloud_keys_are_masked():
    from connected_apps.tokens import TokenKind, generate_token

    token = generate_token(TokenKind.PERSONAL)

    assert token not in redact(f"called with {token}")
    assert "AKIAIOSFODNN7EXAMPLE" not in redact("key AKIAIOSFODNN7EXAMPLE used")


@pytest.mark.parametrize(
    "text",
    [
        "27,004 rows read in 1.4 s",
        "The table carrier_delays has no column cancelled_rate.",
        "reading flight-files/2013-01.csv.gz, 2.1 MB",
        "merge key carrier, flight_day",
    ],
)
def test_ordinary_lines_stay_as_they_are(text):
    assert redact(text) == text

import pytest

from connections.drivers import DRIVERS

SECRETS = [
    (kind, name)
    for kind, driver in DRIVERS.items()
    for name, field in driver.settings.model_fields.items()
    if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("secret")
]


@pytest.mark.parametrize(("kind", "name"), SECRETS)
def test_a_secret_setting_never_stands_in_the_text_form_of_its_settings(kind, name):
    settings = DRIVERS[kind].settings.model_construct(**{name: "a canary secret"})

    assert "a canary secret" not in f"{settings!r} {settings}"


def test_every_kind_with_credentials_is_among_them():
    assert {"postgres", "s3", "rest"} <= {kind for kind, _ in SECRETS}

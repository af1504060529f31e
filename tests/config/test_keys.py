import stat
from concurrent.futures import ThreadPoolExecutor

from config.keys import load_or_make, signing_key, vault_key


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "keys" / "signing"

    first = load_or_make(path, signing_key)
    second = load_or_make(path, signing_key)

    assert first == second
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["signing"]


def test_starting_at_once_leaves_one_key(tmp_path):
    path = tmp_path / "vault"

    with ThreadPoolExecutor(8) as pool:
        keys = list(pool.map(lambda _: load_or_make(path, vault_key), range(8)))

    assert set(keys) == {path.read_text()}

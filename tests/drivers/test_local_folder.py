import errno

import pyarrow as pa
import pytest

from common.errors import Conflict, InvalidInput, NotFound, UpstreamFailed
from connections.drivers import ConnectionSpec, Reach, open_driver, patterns
from connections.drivers.base import FileWrite, WriteToken


@pytest.fixture
def folder(tmp_path):
    root = tmp_path / "root"
    for name in ("a1.csv", "a2.csv", "b1.txt", "sub/a3.csv", "sub/deep/a4.csv", "_h.csv",
                 ".h.csv", "_hid/a.csv", "we[ird].csv"):  # fmt: skip
        path = root / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x\n")
    (tmp_path / "outside.csv").write_text("secret\n")
    (root / "data" / "link.csv").symlink_to(tmp_path / "outside.csv")
    return open_driver(ConnectionSpec(1, "files", "local_folder", {"path": "data"}), Reach(root))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a1.csv", ["a1.csv"]),
        ("a?.csv", ["a1.csv", "a2.csv"]),
        ("*.csv", ["a1.csv", "a2.csv", "we[ird].csv"]),
        ("[ab]1.*", ["a1.csv", "b1.txt"]),
        ("[^a]1.*", ["b1.txt"]),
        ("{a1,b1}.{csv,txt}", ["a1.csv", "b1.txt"]),
        ("{a{1,2},b1}.csv", ["a1.csv", "a2.csv"]),
        ("*/a*.csv", ["sub/a3.csv"]),
        ("sub", ["sub/a3.csv"]),
        ("we\\[ird\\].csv", ["we[ird].csv"]),
        ("nothing.csv", []),
        ("link.*", []),
    ],
)
def test_paths_folders_and_patterns_name_files(folder, pattern, expected):
    assert [file.path for file in folder.list_files(pattern)] == expected


@pytest.mark.parametrize("pattern", ["../*.csv", "/etc/*", "link.csv", "sub/../../*.csv", "a\x00b"])
def test_patterns_that_lead_outside_are_refused(folder, pattern):
    with pytest.raises(InvalidInput):
        folder.local_paths(pattern)


def test_a_folder_that_does_not_exist_is_named(tmp_path):
    driver = open_driver(
        ConnectionSpec(1, "files", "local_folder", {"path": "gone"}), Reach(tmp_path)
    )

    with pytest.raises(NotFound, match="The folder gone of files does not exist"):
        driver.ping()


def test_a_full_directory_is_refused_by_default(folder):
    write = FileWrite(directory="sub", format="parquet", action="fail_if_exists")

    with pytest.raises(Conflict, match="exists and is not empty"):
        folder.writer(write, WriteToken(1, "c"), lambda level, message: None).begin()


@pytest.mark.parametrize("directory", ["../x", "/srv/x", "."])
def test_directories_outside_or_the_root_itself_are_refused(folder, directory):
    write = FileWrite(directory=directory, format="parquet", action="replace")

    with pytest.raises(InvalidInput):
        folder.writer(write, WriteToken(1, "c"), lambda level, message: None)


def test_only_files_that_a_pattern_names_count_against_the_most(folder, monkeypatch):
    monkeypatch.setattr(patterns, "MAX_FILES", 2)

    assert [file.path for file in folder.list_files("a*.csv")] == ["a1.csv", "a2.csv"]
    with pytest.raises(InvalidInput, match="more than 2 files"):
        folder.list_files("*")


def test_a_part_of_a_file_is_read_by_the_name_it_was_listed_with(folder, tmp_path):
    (tmp_path / "root" / "data" / "we[ird].csv").write_bytes(b"0123456789")
    (file,) = folder.list_files("we*")

    parts = [folder.read_part(file.path, *part) for part in ((0, 4), (8, 9), (10, 1), (0, 0))]

    assert (file.size_bytes, parts) == (10, [b"0123", b"89", b"", b""])


@pytest.mark.parametrize("path", ["../../outside.csv", "/etc/passwd", "link.csv"])
def test_a_part_of_a_file_outside_is_refused(folder, path):
    with pytest.raises(InvalidInput):
        folder.read_part(path, 0, 10)


def test_a_file_that_went_away_is_told_of_without_its_real_path(folder, tmp_path):
    with pytest.raises(UpstreamFailed) as caught:
        folder.read_part("gone.csv", 0, 10)

    assert str(tmp_path) not in caught.value.message


def test_a_disk_that_takes_some_of_the_rows_only_fails_the_delivery(folder, tmp_path, monkeypatch):
    """The disk is the edge: its failure comes once, while later rows are taken again."""
    answers = iter([OSError(errno.ENOSPC, "No space left on device")])

    def fdatasync(_):
        if failure := next(answers, None):
            raise failure

    monkeypatch.setattr("os.fdatasync", fdatasync)
    monkeypatch.setattr("connections.drivers.file_formats._GROUP_ROWS", 10)
    write = FileWrite(directory="new", format="parquet", action="fail_if_exists")
    writer = folder.writer(write, WriteToken(1, "c"), lambda level, message: None)
    writer.begin()
    batch = pa.record_batch({"n": list(range(10))})

    with pytest.raises((OSError, UpstreamFailed), match="No space left"):
        writer.load(batch.schema, iter([batch] * 20))
    writer.discard()
    assert not (tmp_path / "root" / "data" / "new").exists()

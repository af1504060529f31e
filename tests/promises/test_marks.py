import pytest

from tests.promises.marks import Mark, MisplacedMark, marks_below, marks_of

SEVERAL = """
import pytest

@pytest.mark.promise("a.b", "c.d")
@pytest.mark.parametrize(
    "n", [1, pytest.param(2, marks=pytest.mark.promise("e.f"))]
)
def test_one(n):
    assert n

@pytest.mark.promise("a.b")
async def test_two():
    assert True
"""


def test_marks_of_tests_and_of_single_parameters_are_found():
    found = {(mark.test, mark.promise) for mark in marks_of(SEVERAL, "rooms/test_x.py")}

    assert found == {
        ("rooms/test_x.py::test_one", "a.b"),
        ("rooms/test_x.py::test_one", "c.d"),
        ("rooms/test_x.py::test_one", "e.f"),
        ("rooms/test_x.py::test_two", "a.b"),
    }


@pytest.mark.parametrize(
    "source",
    [
        "@pytest.mark.promise('a.b')\ndef helper(): ...",
        "pytestmark = pytest.mark.promise('a.b')",
        "@pytest.mark.promise\ndef test_x(): ...",
        "@pytest.mark.promise()\ndef test_x(): ...",
        "@pytest.mark.promise(id='a.b')\ndef test_x(): ...",
        "@pytest.mark.promise(NAME)\ndef test_x(): ...",
        "@pytest.mark.promise(*NAMES)\ndef test_x(): ...",
        "def outer():\n    @pytest.mark.promise('a.b')\n    def test_x(): ...",
        "kept = pytest.mark.promise('a.b')\n@kept\ndef test_x(): ...",
    ],
)
def test_a_mark_that_binds_no_test_is_refused(source):
    with pytest.raises(MisplacedMark, match=r"test_x\.py:\d"):
        marks_of(source, "test_x.py")


def test_a_file_that_is_not_collected_binds_nothing():
    with pytest.raises(MisplacedMark):
        marks_of(SEVERAL, "helpers.py")


def test_whole_folders_are_read(tmp_path):
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "test_x.py").write_text("@pytest.mark.promise('a.b')\ndef test_x(): ...")

    assert marks_below(tmp_path) == [Mark("room/test_x.py::test_x", "a.b")]

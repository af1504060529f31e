from engine.catalog import COMPONENTS
from engine.catalog.documentation import PAGE, page


def test_the_page_tells_the_catalogue_as_it_is():
    """Made anew by `python -m engine.catalog.documentation`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_page_has_every_component_type():
    written = page()

    assert all(f"### {key}\n" in written for key in COMPONENTS)

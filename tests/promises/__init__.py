"""Every piece of the product document, and what holds us to it.

A promise is an id such as `list_packages.filters`; a test proves it and says so with
`@pytest.mark.promise("list_packages.filters")`. Where the document names PaperTrail, the vendor's
history library, a promise is about what is recorded, not about that library.
"""

from tests.promises import (
    changing_tools,
    clients,
    connecting,
    reading_tools,
    safety,
    sign_in,
    tokens,
    troubleshooting,
)
from tests.promises.kinds import promises_of

DOCUMENT = (
    *connecting.SECTIONS,
    *sign_in.SECTIONS,
    *tokens.SECTIONS,
    *clients.SECTIONS,
    *reading_tools.SECTIONS,
    *changing_tools.SECTIONS,
    *safety.SECTIONS,
    *troubleshooting.SECTIONS,
)
"""The sections in the order of the document."""

ENTRIES = tuple(entry for section in DOCUMENT for entry in section.entries)

PROMISES = frozenset(
    promise
    for section in DOCUMENT
    for promises in (section.promises, *map(promises_of, section.entries))
    for promise in promises
)
"""The ids that must be proved."""

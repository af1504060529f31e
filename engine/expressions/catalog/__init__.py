"""The function catalogue: the only functions an expression may call.

A function that is not here is refused, however harmless; an unknown name never reaches an engine.
Each has one meaning, written out so that it does not depend on the engine.
"""

from typing import Any, Final

from engine.expressions.catalog.arrays import ARRAYS
from engine.expressions.catalog.dates import DATES
from engine.expressions.catalog.documents import DOCUMENTS
from engine.expressions.catalog.hashes import HASHES
from engine.expressions.catalog.logic import LOGIC
from engine.expressions.catalog.numbers import NUMBERS
from engine.expressions.catalog.patterns import PATTERNS
from engine.expressions.catalog.texts import TEXTS

FUNCTIONS: Final = (
    *TEXTS, *PATTERNS, *DATES, *NUMBERS, *LOGIC, *DOCUMENTS, *ARRAYS, *HASHES,
)  # fmt: skip
"""Every function of the expression language, in the order of its documentation."""

BY_NAME: Final = {function.name: function for function in FUNCTIONS}


def describe_functions() -> list[dict[str, Any]]:
    """The catalogue as plain data.

    Keys: name, group, signature, arguments {min, max}, result, nulls, note, example {expression,
    value}. `max` is None when there is no limit.
    """
    return [
        {
            "name": function.name,
            "group": function.group,
            "signature": function.signature,
            "arguments": {"min": function.least, "max": function.most},
            "result": function.result,
            "nulls": function.nulls,
            "note": function.note,
            "example": {"expression": function.example[0], "value": function.example[1]},
        }
        for function in FUNCTIONS
    ]

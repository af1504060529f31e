"""Join and cross join."""

from tests.engine.cases.case import Case, Refused, data
from tests.engine.cases.nasty import FIELDS, NAME, NASTY, OK, ROWS
from tests.engine.cases.plain import NAN, same
from tests.engine.flows import component

PEOPLE = [("ann", True, "Oslo"), ("ann", False, "Bergen"), ("Ann", True, ""), (None, None, "?"),
          ("", False, None), ("nobody", True, "🏝"), ("👩‍👩‍👧 Zoë", False, "X")]  # fmt: skip
PEOPLE_SOURCE = data("who", {"name": "string", "ok": "boolean", "city": "string"}, PEOPLE)
EMPTY = data("who", {"name": "string", "ok": "boolean", "city": "string"}, [])


def joined(how: str, right: list[tuple], *, on: list[tuple[int, int]]) -> list[tuple]:
    found, used = [], set()
    for left_row in ROWS:
        partners = [
            (index, row) for index, row in enumerate(right)
            if all(left_row[a] is not None and row[b] is not None
                   and same(left_row[a]) == same(row[b]) for a, b in on)
        ]  # fmt: skip
        used.update(index for index, _ in partners)
        found += [left_row + row for _, row in partners]
        if not partners and how in ("left", "full"):
            found.append(left_row + (None,) * 3)
    if how in ("right", "full"):
        alone = [row for index, row in enumerate(right) if index not in used]
        found += [(None,) * len(FIELDS) + row for row in alone]
    return found


def join(how: str, *pairs: tuple[str, str], **properties) -> dict:
    conditions = [{"left_field": left, "right_field": right} for left, right in pairs]
    return component("join", "j", join_type=how, conditions=conditions, **properties)


EDGES = [("nasty", "j"), ("who", "j")]
NAN_SIDES = [data("nasty", {"v": "double"}, [(NAN,), (None,), (0.0,)]),
             data("who", {"v": "double"}, [(NAN,), (None,), (-0.0,)])]  # fmt: skip

CASES = [
    *[Case(f"{how} join by {len(pairs)} keys", [NASTY, PEOPLE_SOURCE, join(how, *pairs)],
           joined(how, PEOPLE, on=on), pairs=EDGES)
      for how in ("inner", "left", "right", "full")
      for pairs, on in [([("name", "name")], [(NAME, 0)]),
                        ([("name", "name"), ("ok", "ok")], [(NAME, 0), (OK, 1)])]],
    *[Case(f"{how} join with no rows", [NASTY, EMPTY, join(how, ("name", "name"))],
           joined(how, [], on=[(NAME, 0)]), pairs=EDGES)
      for how in ("inner", "left", "right", "full")],
    *[Case(f"{strategy} join", [NASTY, PEOPLE_SOURCE, join("inner", ("name", "name"),
                                                           strategy=strategy)],
           joined("inner", PEOPLE, on=[(NAME, 0)]), pairs=EDGES)
      for strategy in ("default", "replicated", "skewed")],
    Case("join takes NaN for equal and NULL for nothing",
         [*NAN_SIDES, join("inner", ("v", "v"))], [(NAN, NAN), (0.0, -0.0)], pairs=EDGES),
    Case("join keeps both sides of a name apart",
         [*NAN_SIDES, join("inner", ("v", "v")),
          component("select", "s", fields=[{"expression": "who_v", "alias": "x"}])],
         [(NAN,), (0.0,)], pairs=[*EDGES, ("j", "s")]),
    Case("join of text with a number", [NASTY, PEOPLE_SOURCE, join("inner", ("id", "name"))],
         Refused("type_mismatch", "conditions[0]"), pairs=EDGES),
    Case("join on an unknown field of the right", [NASTY, PEOPLE_SOURCE,
                                                   join("inner", ("id", "nam"))],
         Refused("unknown_input_field", "conditions[0].right_field"), pairs=EDGES),
    Case("cross join", [NASTY, PEOPLE_SOURCE, component("cross_join", "j")],
         [left + right for left in ROWS for right in PEOPLE], pairs=EDGES),
    Case("cross join with no rows", [NASTY, EMPTY, component("cross_join", "j")], [], pairs=EDGES),
]  # fmt: skip

"""Options that no case uses yet. The set only shrinks: what is new comes with a case.

Entries are written as test_every_option.py tells them, such as `join.join_type=full`.
"""

LACKING: frozenset[str] = frozenset()

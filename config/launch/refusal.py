"""How the commands of run.py speak and give up.

Loaded before the version of Python is known: this file runs on Python 3.8.
"""

import sys

OLDEST_PYTHON = (3, 11)


class CannotContinue(Exception):
    """Ends the command with exit code 1; its text is a sentence for the person."""


def say(text: str) -> None:
    """Tell the person something; standard output stays free for a command's own output."""
    print(text, file=sys.stderr, flush=True)

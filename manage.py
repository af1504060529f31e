#!/usr/bin/env python
"""Django's command line."""

import os
import sys

if __name__ == "__main__":
    # Inside the guard: a fork server runs this file again, under another name, in each runner.
    from django.core.management import execute_from_command_line

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    execute_from_command_line(sys.argv)

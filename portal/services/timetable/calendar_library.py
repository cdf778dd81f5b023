"""Holidays that the calendar library knows, asked in this process or in one of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import date

PATIENCE_SECONDS = 60
_CODE = """
import json, sys
from holidays import country_holidays
names = country_holidays("CO", years=range(int(sys.argv[1]), int(sys.argv[2]) + 1), language="es")
print(json.dumps({day.isoformat(): name for day, name in names.items()}))
"""


def ask(first: int, last: int) -> Mapping[date, str]:
    """Return the names of the holidays of Colombia in these years, by day."""
    # Sixteen megabytes that stay: for commands that end (docs/adr/0149).
    from holidays import country_holidays

    return country_holidays("CO", years=range(first, last + 1), language="es")


def ask_apart(first: int, last: int) -> Mapping[date, str]:
    """Return the same, asked in a process of its own, for a process that goes on; raises ``SubprocessError``."""
    command = [sys.executable, "-P", "-c", _CODE, str(first), str(last)]
    said = subprocess.run(  # noqa: S603
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True, timeout=PATIENCE_SECONDS
    ).stdout
    return {date.fromisoformat(day): name for day, name in json.loads(said).items()}

"""``python -m portal.cli``: as the ``portal`` command."""

from . import main

main()

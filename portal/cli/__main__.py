"""Entry of ``python -m portal.cli``, the ``portal`` command."""

from . import main

main()

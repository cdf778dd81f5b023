"""Page of points of an address, ``?pagina=2&q=molino``."""

from __future__ import annotations

from portal.services.nominations import Asked
from portal.web.forms import argument, whole

MOST_PAGES, LONGEST_TEXT = 9999, 60


def asked_page() -> Asked:
    """Return the page that the address asks for; the first for what is no number."""
    number = whole(argument("pagina", longest=4)) or 1
    return Asked(" ".join(argument("q", longest=LONGEST_TEXT).split()), min(max(number, 1), MOST_PAGES))

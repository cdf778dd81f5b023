"""Search over the public texts: contract, documents, guide, glossary, notices (adr/0127)."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.services.store import passages
from portal.web.access import Audience, act, open_to
from portal.web.answers import page
from portal.web.distributor import current as current_distributor
from portal.web.forms import argument
from portal.words import guide
from portal.words.documents import PASSAGE_WORDS

from .views import blueprint


@blueprint.get("/buscar")
@open_to(Audience.PUBLIC)
def search() -> ResponseReturnValue:
    """Show what was found for ``?q=``, best first; while one types, htmx asks for the list alone.

    What the guide says is shown with the facts of now.
    """
    typed = argument("q")
    current = (
        {each.path: each for each in guide.list_passages(act(), distributor=current_distributor())} if typed else {}
    )
    found = passages.find(act(), typed=typed, current=current)
    return page(
        "market/search.html",
        "market/_found.html",
        typed=typed,
        found=found,
        kinds=PASSAGE_WORDS,
        most=passages.MOST_HITS,
    )

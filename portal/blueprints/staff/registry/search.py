"""First page of the registry: search over all of it."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services import registry
from portal.services.registry import Kind
from portal.web.access import Staff, act, open_to
from portal.web.answers import page
from portal.web.forms import argument

from .presenters import hit_address
from .words import KIND_WORDS, ONE_WORDS

LONGEST_TEXT, LAST_PAGE = 100, 1_000


@blueprint.get("/consola/registro")
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_search() -> ResponseReturnValue:
    """Find companies, contracts, points, contacts and exit points, while typing or when submitted."""
    text = argument("q", longest=LONGEST_TEXT)
    wanted = request.args.get("tipo", "")
    kind = Kind(wanted) if wanted in set(Kind) else None
    number = request.args.get("pagina", 1, type=int)
    number = number if 1 <= number <= LAST_PAGE else 1
    # Without words everything matches: begin with the companies.
    shown = kind or (None if text else Kind.COMPANY)
    found = registry.search(act(), text=text, kind=shown, page=number)
    return page(
        "staff/registry/search.html",
        "staff/registry/_found.html",
        text=text,
        shown=shown,
        found=found,
        page_number=number,
        total=sum(found.counts.values()),
        kinds=[(each, words, found.counts[each]) for each, words in KIND_WORDS.items()],
        one_words=ONE_WORDS,
        address=hit_address,
    )

"""First page of the registry: search over all of it."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.blueprints.staff import lists
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services import registry
from portal.services.registry import Kind
from portal.web.access import Staff, act, open_to
from portal.web.answers import page

from .presenters import hit_address
from .words import KIND_WORDS, ONE_WORDS


@blueprint.get("/consola/registro")
@open_to(Staff(Function.KEEP_REGISTRY))
def registry_search() -> ResponseReturnValue:
    """Find companies, contracts, points, contacts and exit points, while typing or when submitted."""
    listed = lists.read("staff.registry_search", place=3, choices={"tipo": set(Kind)})
    kind = Kind(listed.kept["tipo"]) if "tipo" in listed.kept else None
    # Without words everything matches: begin with the companies.
    shown = kind or (None if listed.text else Kind.COMPANY)
    found = registry.search(act(), text=listed.text, kind=shown, after=listed.after)
    listed.next = found.page.next
    return page(
        "staff/registry/search.html",
        "staff/registry/_found.html",
        listed=listed,
        shown=shown,
        hits=found.page.rows,
        total=sum(found.counts.values()),
        kinds=[(each, words, found.counts[each]) for each, words in KIND_WORDS.items()],
        one_words=ONE_WORDS,
        address=hit_address,
    )

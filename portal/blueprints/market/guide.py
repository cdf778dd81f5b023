"""Living guide: the 24 steps, answers to "¿Qué hago si…?", the glossary, a search over them, and all of it as PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from portal.papers import guide_paper
from portal.services.store import passages
from portal.web import guide_pictures
from portal.web.access import Audience, act, open_to
from portal.web.answers import PDF, page
from portal.web.distributor import current, last_read
from portal.web.forms import argument
from portal.words import guide
from portal.words.guide import Part

from .views import blueprint

# Longest search, as its field says.
LONGEST = 80
# Offered where a search finds nothing.
SUGGESTIONS = ("clave", "cierre", "recorte", "comprobante")


@blueprint.get("/guia", endpoint="guide")
@open_to(Audience.PUBLIC)
def guide_steps() -> ResponseReturnValue:
    """Show the 24 steps, or what the guide says about the words of ``?q=``."""
    typed = argument("q", longest=LONGEST)
    if typed:
        return _search(typed)
    return _show("market/guide.html", guide.list_chapters(_facts()))


@blueprint.get("/guia/que-hago-si")
@open_to(Audience.PUBLIC)
def guide_questions() -> ResponseReturnValue:
    """Answer what a customer does when something does not go as planned."""
    return _show("market/guide_questions.html", guide.list_subjects(_facts()))


@blueprint.get("/guia/glosario")
@open_to(Audience.PUBLIC)
def guide_glossary() -> ResponseReturnValue:
    """Show the terms of the trade in alphabetical order."""
    return _show("market/guide_glossary.html", guide.list_letters(_facts()))


@blueprint.get("/guia.pdf")
@open_to(Audience.PUBLIC)
def guide_pdf() -> ResponseReturnValue:
    """Give the whole guide on paper; 304 for that of today is answered without making one."""
    paper = guide_paper.prepare(act())
    answer = Response(content_type=PDF)
    answer.set_etag(paper.digest)
    answer.headers["Cache-Control"] = "public, no-cache"
    if not request.if_none_match.contains(paper.digest):
        answer.set_data(guide_paper.as_pdf(paper))
        answer.headers.set("Content-Disposition", "inline", filename="guia.pdf")
    return answer.make_conditional(request)


def address_of(target: str) -> str:
    """Return the address of a link of a text (``portal/words/marked_text.py``); empty where there is none."""
    if target == "tel:":
        return f"tel:{dialled}" if (dialled := last_read().dialled) else ""
    if target == "site:":
        return last_read().website
    if target.startswith("#"):
        return guide.path_of(target[1:])
    endpoint, *values = target.split()
    given: dict[str, Any] = dict(value.split("=", 1) for value in values)
    return url_for(endpoint, **given)


def _facts() -> dict[str, object]:
    """Return the facts of now; the distributor as pages know it, also while it cannot be read."""
    return guide.read_facts(act(), distributor=current())


def _search(typed: str) -> Response:
    """Answer with the entries that the one search finds; questions first, for they are asked in a hurry."""
    facts = _facts()
    found = passages.find(act(), typed=typed, source="guide")
    rank = {hit.path: place for place, hit in enumerate(found.hits)}
    parts = (
        ("¿Qué hago si…?", guide.list_subjects(facts)),
        ("Pasos", guide.list_chapters(facts)),
        ("Glosario", guide.list_letters(facts)),
    )
    groups = [(title, _found_in(of_page, rank)) for title, of_page in parts]
    shown = [(title, entries) for title, entries in groups if entries]
    return _show("market/guide.html", [], typed=typed, found=shown, all_words=found.all_words)


def _found_in(parts: Sequence[Part], rank: Mapping[str, int]) -> list[guide.Entry]:
    """Return the entries that were found, best first."""
    entries = [entry for part in parts for entry in part.entries if guide.path_of(entry.anchor) in rank]
    return sorted(entries, key=lambda entry: rank[guide.path_of(entry.anchor)])


def _show(template: str, parts: Sequence[Part], **context: Any) -> Response:
    shown: Mapping[str, Any] = {"typed": "", "found": None, "all_words": True, **context}
    return page(
        template,
        # The search replaces a part of the page of the steps only.
        "market/_guide_body.html" if template == "market/guide.html" else None,
        parts=parts,
        address=address_of,
        path_of=guide.path_of,
        split_found=passages.mark_matches,
        suggestions=SUGGESTIONS,
        pictures=guide_pictures.list_pictures(),
        **shown,
    )

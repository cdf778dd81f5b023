"""Documents of the distributor for everybody: versions, files, differences, own summaries (adr/0128)."""

from __future__ import annotations

from flask import Response, request
from flask.typing import ResponseReturnValue

from portal.domain.documents import DocumentKind, group_points
from portal.services import market as market_service
from portal.services.market import Shelved
from portal.services.store.refusals import NotFound
from portal.web.access import Audience, act, open_to
from portal.web.answers import PDF, give_file, page, validated
from portal.web.distributor import current
from portal.web.forms import argument, whole
from portal.words.documents import DOCUMENT_WORDS, VALIDITY_TONES, VALIDITY_WORDS, validity_words

from .views import blueprint

# No document has more versions; the database never sees a longer number.
LARGEST_NUMBER = 9999
# Which version, and with which one it is compared.
VERSION, COMPARED = "version", "con"


@blueprint.get("/documentos")
@open_to(Audience.PUBLIC)
def documents() -> ResponseReturnValue:
    """List the documents with the version in force, or the next one or the last one."""
    return page("market/documents.html", documents=list_shelved(), words=_words())


@blueprint.get("/contrato")
@open_to(Audience.PUBLIC)
def contract() -> ResponseReturnValue:
    """Show the contract of uniform conditions, which is one of the documents."""
    found = next((each for each in list_shelved() if each.kind is DocumentKind.CONTRACT), None)
    return page("market/no_contract.html") if found is None else _show(found.slug)


@blueprint.get("/documentos/<slug>")
@open_to(Audience.PUBLIC)
def document(slug: str) -> ResponseReturnValue:
    """Show a document; one that is not there names those that are."""
    return _show(slug)


@blueprint.get("/documentos/<slug>/<int:number>.pdf")
@open_to(Audience.PUBLIC)
def document_file(slug: str, number: int) -> ResponseReturnValue:
    """Give the PDF of a published version, exactly as it was sent."""
    if number > LARGEST_NUMBER:
        raise NotFound
    stored, content = market_service.load_file(act(), slug=slug, number=number)
    # Under the document's name: what the file was called where it came from says nothing to who keeps it.
    answer: Response = give_file(content, PDF, name=f"{slug}-{number}.pdf")
    answer.set_etag(stored.digest.hex())
    return validated(answer)


def list_shelved() -> list[Shelved]:
    """Return the published documents; none before it is known whose portal this is."""
    return market_service.list_documents(act()) if current().nit else []


def _show(slug: str) -> ResponseReturnValue:
    wanted, compared = argument(VERSION), argument(COMPARED)
    number, base = _number(wanted), _number(compared)
    known = list_shelved()
    shelved = next((each for each in known if each.slug == slug), None)
    numbers = set() if shelved is None else {each.number for each in shelved.versions}
    missing = next(
        (typed for typed, found in ((wanted, number), (compared, base)) if typed and found not in numbers), ""
    )
    if shelved is None or missing:
        return page(
            "market/no_document.html",
            status=404,
            typed=missing or slug,
            shelved=shelved,
            documents=known,
            words=_words(),
        )
    opened = market_service.open_version(act(), document=shelved, number=number, base=base)
    return page(
        "market/document.html",
        opened=opened,
        sections=group_points(opened.points),
        is_asked=bool(compared),
        is_contract=request.endpoint == "market.contract",
        words=_words(),
    )


def _words() -> dict[str, object]:
    return {
        "kinds": DOCUMENT_WORDS,
        "validity": VALIDITY_WORDS,
        "tones": VALIDITY_TONES,
        "days": validity_words,
    }


def _number(typed: str) -> int | None:
    found = whole(typed)
    return None if found is None or found > LARGEST_NUMBER else found

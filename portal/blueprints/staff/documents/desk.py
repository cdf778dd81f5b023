"""Desk of the documents: every version of every document."""

from __future__ import annotations

from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.services import market as market_service
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import page
from portal.words.documents import DOCUMENT_WORDS, validity_words
from portal.words.publications import PUBLICATION_TONES, PUBLICATION_WORDS


@blueprint.get("/consola/documentos")
@open_to(Staff(Function.SEE_DOCUMENTS))
def document_desk() -> ResponseReturnValue:
    """List the documents with their versions, published or not."""
    return page(
        "staff/documents/desk.html",
        documents=market_service.list_kept_documents(act()),
        proposes=may(me().role, Function.PROPOSE_DOCUMENTS),
        kinds=DOCUMENT_WORDS,
        states=PUBLICATION_WORDS,
        tones=PUBLICATION_TONES,
        days=validity_words,
    )

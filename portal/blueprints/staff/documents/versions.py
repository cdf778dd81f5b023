"""A version of a document as its decider sees it: what it says, how it differs, and the decision."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import TextAreaField

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.documents import group_points
from portal.domain.publications import PublicationState
from portal.services import market as market_service
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import PDF, chosen, give_file, go, page, show_refusal
from portal.web.filters import hour_words
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor
from portal.words.documents import DOCUMENT_WORDS, WORDS, spans_words, validity_words
from portal.words.publications import PUBLICATION_TONES, PUBLICATION_WORDS

ADDRESS = "/consola/documentos/versiones/<version>"


class VersionDecisionForm(TypedForm):
    """Decision about a proposed version."""

    reason = TextAreaField("Por qué no se acepta")


@blueprint.get(ADDRESS)
@open_to(Staff(Function.SEE_DOCUMENTS))
def document_version(version: str) -> ResponseReturnValue:
    """Show a version with what changed since the published one before it."""
    return _show(version, VersionDecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.PROPOSE_DOCUMENTS))
@needs_fresh_factor
def decide_document_version(version: str) -> ResponseReturnValue:
    """Publish a proposed version, or reject it with a reason; take back one's own."""
    form = VersionDecisionForm()
    action = chosen(("publicar", "rechazar", "retirar"))
    if not form.validate_on_submit():
        return _show(version, form)
    try:
        if action == "rechazar":
            market_service.reject_version(act(), version=version, reason=str(form.reason.data or ""))
            flash("La versión no se aceptó: quien la propuso lee la razón.", "success")
        elif action == "retirar":
            market_service.withdraw_version(act(), version=version)
            flash("La versión se retiró: puede proponer otra.", "success")
        else:
            market_service.publish_version(act(), version=version)
            flash("La versión quedó publicada: todo el mundo la ve desde ahora, con los días en que rige.", "success")
    except Rejected as refused:
        show_refusal(form, refused, WORDS)
        return _show(version, form, status=403 if refused.refusal is Refusal.OWN_REQUEST else 200)
    except Conflict:
        return _decided(version)
    return go(".document_version", version=version)


@blueprint.get(f"{ADDRESS}/archivo.pdf")
@open_to(Staff(Function.SEE_DOCUMENTS))
def document_version_file(version: str) -> ResponseReturnValue:
    """Give the PDF of a version, also before it is published."""
    stored, content = market_service.load_kept_file(act(), version=version)
    return give_file(content, PDF, name=stored.name)


def _decided(version: str) -> ResponseReturnValue:
    """Say that somebody decided first."""
    found = market_service.review_version(act(), version=version).version
    changes = [("Estado", PUBLICATION_WORDS[found.state].capitalize())]
    if found.decided_at is not None:
        changes.append(("Quién decidió", f"{found.decided_by or 'El portal'}, {hour_words(found.decided_at)}"))
    return page(
        "errors/409.html", status=409, changes=changes, continue_url=url_for(".document_version", version=version)
    )


def _show(version: str, form: VersionDecisionForm, *, status: int = 200) -> ResponseReturnValue:
    found = market_service.review_version(act(), version=version)
    own = found.version
    is_own = own.proposed_by_id is not None and own.proposed_by_id == me().user_id
    return page(
        "staff/documents/version.html",
        status=status,
        form=form,
        found=found,
        sections=group_points(found.points),
        decides=own.state is PublicationState.PROPOSED and may(me().role, Function.PUBLISH_DOCUMENTS),
        is_own=is_own,
        kinds=DOCUMENT_WORDS,
        states=PUBLICATION_WORDS,
        tones=PUBLICATION_TONES,
        days=validity_words,
        spans=spans_words,
        here=request.path,
    )

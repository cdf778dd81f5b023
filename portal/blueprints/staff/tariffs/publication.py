"""A version of a month's tariffs: figures, differences, and the decision of a second person."""

from __future__ import annotations

from datetime import date

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field, HiddenField, StringField, TextAreaField
from wtforms.validators import ValidationError

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.calendar import day_words, month_words
from portal.domain.gas_day import GasDay
from portal.domain.publications import PublicationState
from portal.domain.tariffs import LARGE
from portal.services import market as market_service
from portal.services.files.cells import BadCell, parse_day
from portal.services.files.problems import Problem
from portal.services.market import Comparison
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, me, open_to
from portal.web.answers import chosen, go, page, show_refusal
from portal.web.filters import hour_words
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor
from portal.words.files import rule_words
from portal.words.publications import PUBLICATION_WORDS

from .presenters import group_differences, group_figures, list_large, name_of, publication_row
from .words import TARIFF_WORDS

ADDRESS = "/consola/tarifas/<publication>"


class DecisionForm(TypedForm):
    """Decision about a proposal; ``shown`` is the digest of what the page showed."""

    shown = HiddenField()
    shown_from = StringField("Mostrarlas desde")
    reason = TextAreaField("Por qué no se acepta")
    parsed_day: date | None = None

    def validate_shown_from(self, field: Field) -> None:
        """Read the day; needed to publish alone."""
        if request.form.get("accion") != "publicar":
            return
        try:
            self.parsed_day = parse_day(str(field.data or "")).date
        except BadCell as bad:
            raise ValidationError(rule_words(Problem(bad.rule))) from None


@blueprint.get(ADDRESS)
@open_to(Staff(Function.SEE_TARIFFS))
def tariff_publication(publication: str) -> ResponseReturnValue:
    """Show a version with its differences from what it replaces, or from the one of ``?con=``."""
    return _show(publication, DecisionForm(formdata=None))


@blueprint.post(ADDRESS)
@open_to(Staff(Function.PUBLISH_TARIFFS))
@needs_fresh_factor
def decide_tariffs(publication: str) -> ResponseReturnValue:
    """Publish a proposal from a day on, or reject it with a reason."""
    form = DecisionForm()
    action = chosen(("publicar", "rechazar"))
    if not form.validate_on_submit():
        return _show(publication, form)
    try:
        if action == "rechazar":
            found = market_service.reject(act(), publication=publication, reason=str(form.reason.data or ""))
        elif form.parsed_day is not None:
            found = market_service.publish(
                act(), publication=publication, shown=str(form.shown.data or ""), shown_from=form.parsed_day
            )
    except Rejected as refused:
        if "first" in refused.facts:
            refused.facts["first"] = day_words(refused.facts["first"])
        show_refusal(form, refused, TARIFF_WORDS)
        return _show(publication, form, status=403 if refused.refusal is Refusal.OWN_REQUEST else 200)
    except Conflict as conflict:
        return _decided(publication, conflict)
    said = f"Las tarifas de {month_words(found.month)}, versión {found.version}, "
    if found.shown_from is not None and found.state is PublicationState.PUBLISHED:
        flash(f"{said}quedaron publicadas: se muestran desde el {day_words(found.shown_from)}.", "success")
    else:
        flash(f"{said}no se aceptaron: quien las propuso lee la razón.", "success")
    return go(".tariff_publication", publication=publication)


def _decided(publication: str, conflict: Conflict) -> ResponseReturnValue:
    """Say that somebody decided first, or that it is not what was shown."""
    found = market_service.compare(act(), publication=publication).publication
    changes = [("Estado", PUBLICATION_WORDS[found.state].capitalize())]
    if found.decided_at is not None:
        changes.append(("Quién decidió", f"{found.decided_by or 'El portal'}, {hour_words(found.decided_at)}"))
    if conflict.reason == "tariffs-changed":
        changes.append(("Qué cambió", "Lo que esta versión reemplaza, o sus cifras, ya no es lo que se le mostró."))
    return page(
        "errors/409.html",
        status=409,
        changes=changes,
        continue_url=url_for(".tariff_publication", publication=publication),
    )


def _show(publication: str, form: DecisionForm, *, status: int = 200) -> ResponseReturnValue:
    wanted = request.args.get("con") or None
    found = market_service.compare(act(), publication=publication, base=wanted)
    own = found.publication
    decides = own.state is PublicationState.PROPOSED and may(me().role, Function.PUBLISH_TARIFFS)
    is_own = own.proposed_by_id is not None and own.proposed_by_id == me().user_id
    if decides and not is_own:
        replaced = found if wanted is None else market_service.compare(act(), publication=publication)
        form.shown.data = replaced.fingerprint
        if form.shown_from.data is None:
            form.shown_from.data = _first_offer(replaced).strftime("%d/%m/%Y")
    others = [each for each in market_service.list_publications(act()) if each.public_id != own.public_id]
    return page(
        "staff/tariffs/publication.html",
        status=status,
        form=form,
        found=found,
        row=publication_row(own),
        base=found.base,
        same_month=[publication_row(each) for each in others if each.month == own.month],
        choices=[(each.public_id, name_of(each, month_words(each.month))) for each in others],
        groups=group_differences(found.differences),
        large=list_large(found.differences),
        figures=group_figures(found.figures),
        decides=decides,
        is_own=is_own,
        most=LARGE,
    )


def _first_offer(found: Comparison) -> date:
    """Return the day that the form offers: that of the month for its first version, today for a later one."""
    own, base = found.publication, found.base
    first = own.month.first.date
    return first if base is None or base.month != own.month else max(first, GasDay.of(runtime.now()).date)

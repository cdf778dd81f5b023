"""Contacts of a company as the distributor keeps them: topics and deputies."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.services import mail, registry
from portal.services.mail import DEFAULT_TOPICS, Topic
from portal.services.store.refusals import Rejected
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.step_up import needs_fresh_factor

from .forms import ContactForm
from .presenters import in_words
from .words import REGISTRY_WORDS, TOPIC_WORDS, spoken

TOPICS = [(topic.value, words) for topic, words in TOPIC_WORDS.items()]


@blueprint.route("/consola/registro/empresas/<company>/contactos/nuevo", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def new_registry_contact(company: str) -> ResponseReturnValue:
    """Add a contact to a company."""
    form = ContactForm()
    sheet = registry.load_company_sheet(act(), company=company)
    if form.validate_on_submit():
        try:
            mail.add(
                act(),
                company=company,
                name=form.name.data or "",
                email=form.email.data or "",
                phone=form.phone.data,
                is_deputy=form.is_deputy.data,
                topics=_chosen(),
            )
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        else:
            flash("El contacto quedó agregado.", "success")
            return go(".registry_company", company=company)
    chosen = _chosen() if request.method == "POST" else DEFAULT_TOPICS
    return page("staff/registry/new_contact.html", form=form, company=sheet.row, topics=TOPICS, chosen=chosen)


@blueprint.route("/consola/registro/contactos/<contact>", methods=["GET", "POST"])
@open_to(Staff(Function.KEEP_REGISTRY))
@needs_fresh_factor
def registry_contact(contact: str) -> ResponseReturnValue:
    """Show a contact with its changes; change or remove it."""
    sheet = registry.load_contact_sheet(act(), contact=contact)
    form = ContactForm(obj=sheet.row)
    chosen = frozenset(topic for topic in Topic if getattr(sheet.row, f"wants_{topic.value}"))
    if request.method == "POST":
        company = sheet.company.public_id
        try:
            if "remove" in request.form:
                mail.remove(act(), contact=contact)
                flash("El contacto no recibe más correos.", "success")
                return go(".registry_company", company=company)
            if form.validate_on_submit():
                mail.change(
                    act(),
                    contact=contact,
                    said=(form.name.data or "", form.email.data or "", form.phone.data),
                    is_deputy=form.is_deputy.data,
                    topics=_chosen(),
                )
                flash("El contacto quedó como lo escribió.", "success")
                return go(".registry_contact", contact=contact)
        except Rejected as refused:
            show_refusal(form, spoken(refused), REGISTRY_WORDS)
        chosen = _chosen()
    return page(
        "staff/registry/contact.html",
        form=form,
        sheet=sheet,
        changes=in_words(sheet.changes),
        topics=TOPICS,
        chosen=chosen,
    )


def _chosen() -> frozenset[Topic]:
    """Return the ticked topics."""
    return frozenset(topic for topic in Topic if topic.value in request.form.getlist("topic"))

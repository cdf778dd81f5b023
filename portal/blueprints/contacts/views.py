"""Page of contacts: a line each with their topics, and a form for another."""

from __future__ import annotations

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.services import mail
from portal.services.mail import DEFAULT_TOPICS, Topic
from portal.services.store.refusals import Rejected
from portal.web import database
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_password

from .words import TOPIC_WORDS, WORDS

blueprint = Blueprint("contacts", __name__)


class ContactForm(TypedForm):
    """New contact of a company."""

    company = HiddenField()
    name = StringField(
        "Nombre", validators=[InputRequired("Escriba el nombre del contacto."), Length(max=120, message="Acórtelo.")]
    )
    email = StringField("Correo", validators=[InputRequired("Escriba el correo, como nombre@empresa.com.")])
    phone = StringField("Teléfono (si quiere)", validators=[Length(max=40, message="Acórtelo.")])
    is_deputy = BooleanField("Es suplente: de los recordatorios recibe solo el último")


class KeptForm(TypedForm):
    """Topics of an existing contact; the boxes come with the request."""

    contact = HiddenField()


@blueprint.route("/cuenta/avisos", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
@needs_fresh_password
def contacts() -> ResponseReturnValue:
    """Show the contacts of the person's companies; add, change or remove one."""
    form, kept = ContactForm(), KeptForm()
    if request.method == "POST":
        done = _change(kept) if "contact" in request.form else _add(form)
        if done:
            flash(done, "success")
            return go(".contacts")
    session = database.current()
    companies = mail.list_companies(act())
    failed = kept if kept.errors else form
    return page(
        "contacts/contacts.html",
        form=failed,
        adding=form,
        companies=[(company, mail.list_contacts(session, company_id=company.id)) for company in companies],
        topics=[(topic.value, words) for topic, words in TOPIC_WORDS.items()],
    )


def _add(form: ContactForm) -> str | None:
    """Add the form's contact; return the message, None when something must be corrected."""
    if not form.validate_on_submit():
        return None
    try:
        mail.add(
            act(),
            company=form.company.data or "",
            name=form.name.data or "",
            email=form.email.data or "",
            phone=form.phone.data,
            is_deputy=form.is_deputy.data,
            topics=DEFAULT_TOPICS,
        )
    except Rejected as refused:
        show_refusal(form, refused, WORDS)
        return None
    return "El contacto quedó agregado. En su fila están los avisos que recibe."


def _change(form: KeptForm) -> str | None:
    """Change or remove the form's contact; as ``_add``."""
    if not form.validate_on_submit():
        return None
    contact = form.contact.data or ""
    try:
        if "remove" in request.form:
            mail.remove(act(), contact=contact)
            return "El contacto no recibe más correos."
        chosen = {topic.value for topic in Topic} & set(request.form.getlist("topic"))
        mail.change(
            act(),
            contact=contact,
            is_deputy="is_deputy" in request.form,
            topics=frozenset(Topic(each) for each in chosen),
        )
    except Rejected as refused:
        show_refusal(form, refused, WORDS)
        return None
    return "Los avisos del contacto quedaron como los marcó."

"""Page of contacts: a line each with their topics, and a form for another."""

from __future__ import annotations

from flask import Blueprint, flash, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.domain.ports import Port
from portal.domain.telephones import dial_mobile
from portal.services import mail
from portal.services.mail import DEFAULT_TOPICS, TOPICS_OF_PORTS, Choice, Topic
from portal.services.store.refusals import Rejected
from portal.web import database, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_password
from portal.words.mails import PORT_WORDS

from .words import TOPIC_HINTS, TOPIC_WORDS, WORDS

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
    listed = [(company, mail.list_contacts(session, company_id=company.id)) for company in mail.list_companies(act())]
    everybody = [contact.id for _, contacts in listed for contact in contacts]
    ports = runtime.settings().telephone_ports
    failed = kept if kept.errors else form
    return page(
        "contacts/contacts.html",
        form=failed,
        adding=form,
        companies=listed,
        topics=[(topic.value, words) for topic, words in TOPIC_WORDS.items()],
        hints=[(words, TOPIC_HINTS[topic]) for topic, words in TOPIC_WORDS.items()],
        ports=[
            (PORT_WORDS[port], [(_name_choice(topic, port), TOPIC_WORDS[topic]) for topic in TOPICS_OF_PORTS])
            for port in ports
        ],
        also={
            contact_id: {_name_choice(topic, port) for topic, port in choices}
            for contact_id, choices in (mail.list_choices(session, contact_ids=everybody) if ports else {}).items()
        },
        mobile=dial_mobile,
    )


def _name_choice(topic: Topic, port: Port) -> str:
    """Return the value of a box of the page: ``cuts:sms``."""
    return f"{topic.value}:{port.value}"


def _read_choices() -> frozenset[Choice] | None:
    """Return what was ticked for ports besides mail; None where the page offered none, so that it stays."""
    ports = runtime.settings().telephone_ports
    if not ports or "ports" not in request.form:
        return None
    ticked = set(request.form.getlist("also"))
    return frozenset(
        (topic, port) for topic in TOPICS_OF_PORTS for port in ports if _name_choice(topic, port) in ticked
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
            phone=request.form.get("phone"),
            also=_read_choices(),
        )
    except Rejected as refused:
        show_refusal(form, refused, WORDS)
        return None
    return "Los avisos del contacto quedaron como los marcó."

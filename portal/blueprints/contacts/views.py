"""Page of contacts: a line each with their topics, a form for another; the own browsers that receive messages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, make_response, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.domain.ports import Port
from portal.domain.telephones import dial_mobile
from portal.services import mail
from portal.services.mail import DEFAULT_TOPICS, TOPICS_OF_PORTS, Choice, Topic, push_subscriptions
from portal.services.store.refusals import NotFound, Rejected, TooManyAttempts
from portal.web import database, push_here, runtime
from portal.web.access import Audience, act, open_to
from portal.web.answers import ask_to_wait, go, page, show_refusal
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_password
from portal.words.browsers import browser_words
from portal.words.mails import PORT_WORDS

from .words import TOPIC_HINTS, TOPIC_WORDS, WORDS, paused_words

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


class BrowserForm(TypedForm):
    """Subscription as a browser writes it; the topics come with the request."""

    subscription = HiddenField()


@blueprint.route("/cuenta/avisos", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
@needs_fresh_password
def contacts() -> ResponseReturnValue:
    """Show the contacts of the person's companies and the own browsers; add, change or remove a contact."""
    form, kept = ContactForm(), KeptForm()
    if request.method == "POST":
        done = _change(kept) if "contact" in request.form else _add(form)
        if done:
            flash(done, "success")
            return go(".contacts")
    return _show(kept if kept.errors else form, adding=form)


def _show(failed: TypedForm, *, adding: ContactForm) -> ResponseReturnValue:
    session = database.current()
    listed = [(company, mail.list_contacts(session, company_id=company.id)) for company in mail.list_companies(act())]
    everybody = [contact.id for _, contacts in listed for contact in contacts]
    ports = runtime.settings().telephone_ports
    return page(
        "contacts/contacts.html",
        form=failed,
        adding=adding,
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
        push=_list_browsers(),
    )


@dataclass(frozen=True, slots=True)
class Browsers:
    """Web push on the page: the key that browsers subscribe for, the own browsers, and which one this is."""

    key: str
    topics: Sequence[tuple[Topic, str]]
    proposed: Collection[Topic]
    browsers: Sequence[push_subscriptions.OwnBrowser]
    here: str | None
    # When this browser ceased to receive, if not by its own button: that takes its name from it.
    ended_at: datetime | None


def _list_browsers() -> Browsers | None:
    """Return what the page shows of web push; None where no browser can receive, or nothing is for the account."""
    key = runtime.settings().offered_push_key
    if key is None:
        return None
    own = push_subscriptions.list_own(act())
    if not own and not push_subscriptions.may_receive(act()):
        return None
    topics = [(topic, TOPIC_WORDS[topic]) for topic in TOPICS_OF_PORTS]
    here = push_here.carried()
    ended_at = None if here is None else push_subscriptions.find_end(act(), public_id=here)
    return Browsers(key.public, topics, push_subscriptions.PROPOSED, own, here, ended_at)


# A GET of these POST addresses goes back: after a lost session the sign-in leads here.
@blueprint.route("/cuenta/avisos/equipos", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
@needs_fresh_password
def subscribe() -> ResponseReturnValue:
    """Let this browser receive messages for the signed-in account."""
    settings, form = runtime.settings(), BrowserForm()
    if request.method == "GET":
        return go(".contacts")
    key = settings.offered_push_key
    if key is None:
        raise NotFound
    if form.validate_on_submit():
        try:
            public_id = push_subscriptions.add(
                act(),
                text=form.subscription.data or "",
                services=settings.push_services,
                key_mark=key.mark,
                browser=browser_words(request.user_agent.string),
                topics=_read_topics(),
                former=push_here.carried(),
            )
        except Rejected as refused:
            show_refusal(form, refused, WORDS)
        except TooManyAttempts as stopped:
            return _pause(form, stopped)
        else:
            flash("Este equipo recibe desde ahora los avisos que marcó. Envíe uno de prueba para verlo.", "success")
            return push_here.mark(go(".contacts"), public_id)
    return _show(form, adding=ContactForm(formdata=None))


@blueprint.route("/cuenta/avisos/equipos/<push>", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def choose_push_topics(push: str) -> ResponseReturnValue:
    """Change which messages one of the own browsers receives."""
    push_subscriptions.require(act(), public_id=push)
    form = KeptForm()
    if request.method == "GET":
        return go(".contacts")
    try:
        push_subscriptions.change_topics(act(), public_id=push, topics=_read_topics())
    except Rejected as refused:
        show_refusal(form, refused, WORDS)
        return _show(form, adding=ContactForm(formdata=None))
    flash("Los avisos de ese equipo quedaron como los marcó.", "success")
    return go(".contacts")


@blueprint.route("/cuenta/avisos/equipos/<push>/prueba", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def try_push(push: str) -> ResponseReturnValue:
    """Send a trial message to one of the own browsers."""
    if request.method == "GET":
        push_subscriptions.require(act(), public_id=push)
        return go(".contacts")
    try:
        push_subscriptions.post_trial(act(), public_id=push)
    except TooManyAttempts as stopped:
        return _pause(KeptForm(formdata=None), stopped)
    flash("Le enviamos un aviso de prueba: llega en unos segundos si ese equipo tiene señal.", "success")
    return go(".contacts")


@blueprint.route("/cuenta/avisos/equipos/<push>/terminar", methods=["GET", "POST"])
@open_to(Audience.CUSTOMER)
def end_push(push: str) -> ResponseReturnValue:
    """End one of the own browsers."""
    if request.method == "GET":
        push_subscriptions.require(act(), public_id=push)
        return go(".contacts")
    ended = push_subscriptions.end(act(), public_id=push)
    flash(f"{ended} no recibe más avisos.", "success")
    answer = go(".contacts")
    return push_here.drop(answer) if push_here.carried() == push else answer


def _pause(form: TypedForm, stopped: TooManyAttempts) -> ResponseReturnValue:
    """Answer what was done too often with the page and 429, which says from when it is possible again."""
    form.form_errors.append(paused_words(stopped))
    return ask_to_wait(make_response(_show(form, adding=ContactForm(formdata=None)), 429), stopped.until)


def _read_topics() -> frozenset[Topic]:
    ticked = set(request.form.getlist("topic"))
    return frozenset(topic for topic in TOPICS_OF_PORTS if topic.value in ticked)


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

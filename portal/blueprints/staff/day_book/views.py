"""Day book, and the actions on all of it: freeze, confirm, publish, decide late nominations."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping

import structlog
from flask import abort, flash, g, request, url_for
from flask.typing import ResponseReturnValue

from portal.blueprints.staff import lists
from portal.blueprints.staff.lists import points_named
from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function, may
from portal.domain.calendar import day_words
from portal.domain.calls import OUTCOME_WORDS
from portal.domain.counts import agree
from portal.domain.gas_day import BadGasDay, GasDay, parse_gas_day
from portal.domain.quantities import Quantity
from portal.services import calls
from portal.services import day_book as books
from portal.services.nominations import standing_orders
from portal.services.store.refusals import Conflict, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, me, open_to, refreshes
from portal.web.answers import CSV, XLSX, chosen, give_file, go, page, show_refusal
from portal.web.distributor import current
from portal.web.extensions import htmx
from portal.web.forms import argument
from portal.web.limits import takes_fields
from portal.web.listed import Listed

from .days import asked_day, has_book, tomorrow
from .forms import ActionForm, ticked
from .gate_rows import gate_rows
from .presenters import MODALITIES, MOST_APART, BookPage, ReadBook
from .rows import MOST_CHANGES, changes_of, rows_of_totals
from .shelf import read_book
from .words import BOOK_WORDS, BY_RULE, STATE_FILTERS, doubt_words, spoken

log = structlog.get_logger("portal.web.consoles")
ADDRESS = "/consola/libro/<day>"
MOST_NAMED = 5


@blueprint.get("/consola/libro")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_books() -> ResponseReturnValue:
    """Lead to the book of the requested day, by default tomorrow's."""
    typed = argument("fecha")
    day = tomorrow()
    if typed:
        try:
            found = parse_gas_day(typed)
        except BadGasDay:
            found = None
        if found is None or not has_book(found):
            flash("Ese día no tiene libro: este es el de mañana.", "warning")
        else:
            day = found
    # As this person left the book last; a day that is asked for by its own address is shown whole.
    return go(".day_book", day=day.isoformat(), **lists.remembered("staff.day_book"))


@blueprint.get(ADDRESS)
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book(day: str) -> ResponseReturnValue:
    """Show the book of a day in its present state."""
    return _show(asked_day(day))


@blueprint.post(ADDRESS)
@takes_fields(MOST_APART + 10)
@open_to(Staff(Function.AUTHORISE))
def act_on_day_book(day: str) -> ResponseReturnValue:
    """Freeze, confirm all, publish or decide a late nomination, by the pressed button."""
    gas_day = asked_day(day)
    action = _ACTIONS[chosen(_ACTIONS)]
    form = ActionForm()
    if form.validate_on_submit():
        try:
            flash(action(gas_day, form), "success")
        except Rejected as refused:
            show_refusal(form, spoken(refused), BOOK_WORDS)
        except Conflict as conflict:
            return _changed(gas_day, conflict)
        else:
            return go(".day_book", day=day)
    return _show(gas_day, form)


@blueprint.get(f"{ADDRESS}/pulso")
@open_to(Staff(Function.SEE_DAY_BOOK))
@refreshes("/pulso")
def day_book_pulse(day: str) -> ResponseReturnValue:
    """Answer the poll of an open book: 204 while it is current, else a bar that says so."""
    gas_day = asked_day(day)
    if not htmx:
        return go(".day_book", day=day)
    if request.args.get("visto", "") == read_book(gas_day).seen:
        return "", 204
    return page("staff/_day_book_changed.html", day=gas_day.isoformat())


def _freeze(gas_day: GasDay, _form: ActionForm) -> str:
    book = books.freeze(act(), gas_day=gas_day)
    return f"La versión {book.version} del libro quedó congelada."


def _send(gas_day: GasDay, form: ActionForm) -> str:
    number = version_number(str(form.version.data or ""))
    book = books.mark_sent(act(), gas_day=gas_day, version=number, sent_to=str(form.sent_to.data or ""))
    return f"La versión {book.version} del libro quedó marcada como enviada."


def _confirm(gas_day: GasDay, _form: ActionForm) -> str:
    done = books.confirm_all(act(), gas_day=gas_day, ticked=ticked(request.form.getlist("punto")))
    words = f"{_many(done.points)} como se pidieron. Publíquelas para que los clientes las vean."
    if done.left:
        which = "; ".join(f"{each.line.point}, {doubt_words(each)}" for each in done.left[:MOST_NAMED])
        more = f"; y {len(done.left) - MOST_NAMED} más" if len(done.left) > MOST_NAMED else ""
        words += f" {_left(len(done.left))}: {which}{more}."
    return words


def _publish(gas_day: GasDay, form: ActionForm) -> str:
    done = books.publish(act(), gas_day=gas_day, shown=str(form.shown.data or ""))
    cuts = f" {done.cuts} con recorte: el correo sale a cada cliente." if done.cuts else ""
    words = agree(done.points, "Se publicó 1 cantidad autorizada.", "Se publicaron {} cantidades.")
    return words + cuts


def _accept(_gas_day: GasDay, form: ActionForm) -> str:
    return f"La nominación tardía de {_decide(form, accept=True)} quedó en firme: falta autorizarla."


def _refuse(_gas_day: GasDay, form: ActionForm) -> str:
    return f"La nominación tardía de {_decide(form, accept=False)} no se aceptó; el correo con el motivo sale ahora."


def _decide(form: ActionForm, *, accept: bool) -> str:
    nomination = books.decide_late(
        act(), public_id=str(form.nomination.data or ""), accept=accept, reason=str(form.reason.data or "")
    )
    return nomination.delivery_point.name


_ACTIONS: dict[str, Callable[[GasDay, ActionForm], str]] = {
    "congelar": _freeze,
    "enviado": _send,
    "confirmar": _confirm,
    "publicar": _publish,
    "aceptar": _accept,
    "rechazar": _refuse,
}


def _left(count: int) -> str:
    return agree(count, "Quedó aparte 1 sin registrar", "Quedaron aparte {} sin registrar")


def _many(count: int) -> str:
    return agree(count, "Quedó registrada 1 cantidad", "Quedaron registradas {} cantidades")


def read_listed(gas_day: GasDay) -> Listed:
    """Return what the address asks of the lines of a book."""
    states = {*STATE_FILTERS, BY_RULE}
    return lists.read(
        "staff.day_book",
        filters=("q", "puerta"),
        choices={"estado": states, "modalidad": MODALITIES},
        always={"day": gas_day.isoformat()},
    )


def _show(gas_day: GasDay, form: ActionForm | None = None) -> ResponseReturnValue:
    actor = me()
    read = read_book(gas_day)
    book = read.book
    # Logged until the audit shows the customers who saw their figures.
    log.info("day book seen", request_id=g.get("request_id"), user_id=actor.user_id, gas_day=gas_day.isoformat())
    listed = read_listed(gas_day)
    shown = BookPage(
        read, listed, named=points_named(listed.text), now=runtime.now(), ordered=_find_ordered(read, gas_day)
    )
    listed.next = shown.next
    missing = {row.id for row in shown.missing}
    called = calls.list_last_calls(act().session, gas_day=gas_day, points=missing) if missing else {}
    return page(
        "staff/day_book.html",
        form=form,
        book=shown,
        listed=listed,
        may_act=may(actor.role, Function.AUTHORISE),
        may_call=may(actor.role, Function.TAKE_CALLS),
        called=called,
        outcomes=OUTCOME_WORDS,
        gates=gate_rows(book.gates),
        answered=sum(gate.is_answered for gate in book.gates),
        sending=form if form is not None and form.sent_to.errors else ActionForm(None, sent_to=_recipient(book)),
    )


def _find_ordered(read: ReadBook, gas_day: GasDay) -> Mapping[int, Quantity]:
    """Return what standing orders nominate at the close for the points without nomination."""
    units = {line.point_id: line.unit for line, _ in read.missing}
    if not units or read.closes_at is None:
        return {}
    as_of = min(runtime.now(), read.closes_at)
    return standing_orders.find_quantities_by_point(act().session, units=units, gas_day=gas_day, as_of=as_of)


def _recipient(book: books.Book) -> str:
    """Return to whom a book is proposed to be sent: as the last one."""
    waits = bool(book.versions) and book.versions[-1].sent_at is None
    return (waits and books.find_last_recipient(act().session)) or "Transportador"


def _changed(gas_day: GasDay, conflict: Conflict) -> ResponseReturnValue:
    """Tell that somebody of the shift was faster; nothing was done."""
    what = {
        "book-frozen": "Otra persona congeló el libro mientras tanto: hay una versión más nueva.",
        "book-sent": "Otra persona ya marcó esa versión como enviada.",
        "recorded": "Otra persona registró o publicó cantidades después de que usted abrió la página.",
    }.get(conflict.reason, "La nominación de un punto cambió después de que usted abrió la página.")
    return page(
        "errors/409.html",
        status=409,
        changes=[("Qué cambió", what)],
        continue_url=url_for(".day_book", day=gas_day.isoformat()),
    )


@blueprint.get("/consola/libro/<day>/versiones/<version>")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book_version(day: str, version: str) -> ResponseReturnValue:
    """Show a frozen version: its hash, its sums, and the differences from the one before."""
    gas_day = asked_day(day)
    frozen = books.load_frozen(act(), gas_day=gas_day, version=version_number(version))
    changed = frozen.changed
    sums, _, total = rows_of_totals(frozen.totals)
    return page(
        "staff/day_book_version.html",
        frozen=frozen,
        day=gas_day,
        changes=None if changed is None else changes_of(changed),
        more_changes=0 if changed is None else max(0, len(changed) - MOST_CHANGES),
        sums=sums,
        total=total,
    )


def version_number(text: str) -> int:
    """Return the number of a version in an address; 404 for an invalid one."""
    if not re.fullmatch("[1-9][0-9]{0,5}", text, re.ASCII):
        abort(404)
    return int(text)


@blueprint.get("/consola/libro/<day>/libro.csv")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book_csv(day: str) -> ResponseReturnValue:
    """Send the CSV; a frozen version byte by byte."""
    gas_day, version = asked_day(day), _version()
    content = books.file_of(act(), gas_day=gas_day, version=version)
    return give_file(content, CSV, name=_file_name(gas_day, version, "csv"))


@blueprint.get("/consola/libro/<day>/libro.xlsx")
@open_to(Staff(Function.SEE_DAY_BOOK))
def day_book_xlsx(day: str) -> ResponseReturnValue:
    """Send the workbook, with the content of the CSV."""
    gas_day, version = asked_day(day), _version()
    content = books.file_of(act(), gas_day=gas_day, version=version)
    title = f"Libro del {day_words(gas_day)}{'' if version is None else f', versión {version}'}"
    body = io.BytesIO()
    books.write_xlsx(books.read_entries(content), gas_day=gas_day, title=title, company=current().name, into=body)
    return give_file(body.getvalue(), XLSX, name=_file_name(gas_day, version, "xlsx"))


def _version() -> int | None:
    asked = request.args.get("version")
    return None if asked is None else version_number(asked)


def _file_name(gas_day: GasDay, version: int | None, kind: str) -> str:
    """Return the name of a file after its day and version; that of an unfrozen one says so."""
    what = "sin-congelar" if version is None else f"v{version}"
    return f"libro-{gas_day.isoformat()}-{what}.{kind}"

"""Actions on keys and letters: each form of their pages."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff.views import blueprint
from portal.domain.accounts import Function
from portal.domain.counts import counted
from portal.domain.keys import KeyKind, LetterState
from portal.papers import letter_paper
from portal.services.keys import letters
from portal.services.store.refusals import Conflict, Refusal, Rejected
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import PDF, chosen, give_file, go, page, show_refusal
from portal.web.distributor import current
from portal.web.forms import whole
from portal.web.step_up import needs_fresh_factor

from .forms import CompanyLetterForm, DispatchForm, LetterForm, LostForm, ReasonForm, RevokeForm, UnlockForm
from .views import read_list, show_batch, show_letter, show_letters, show_point
from .words import LETTER_WORDS


@blueprint.post("/consola/claves/puntos/<point>")
@open_to(Staff(Function.REQUEST_KEYS))
@needs_fresh_factor
def act_on_point_keys(point: str) -> ResponseReturnValue:
    """Request a letter, revoke a key, or unblock an account, by the pressed button."""
    action = chosen(("carta", "anular-web", "anular-numerica", "desbloquear"))
    form, stop, check = LetterForm(), RevokeForm(), UnlockForm()
    try:
        match action:
            case "carta":
                found = letters.ask(act(), point=point, wanted=form.wanted)
                flash("La carta quedó pedida. La aprueba otra persona.", "success")
                return go(".letter", letter=found.public_id)
            case "anular-web" | "anular-numerica":
                kind = KeyKind.WEB if action == "anular-web" else KeyKind.NUMERIC
                letters.revoke(act(), point=point, kind=kind, reason=stop.reason.data or "")
                flash("La clave quedó anulada desde ahora mismo y la empresa fue avisada.", "success")
            case _:
                letters.unlock(act(), point=point, email=check.email.data or "", check=check.reason.data or "")
                flash("La cuenta puede intentar de nuevo.", "success")
    except Rejected as refused:
        sent = form if action == "carta" else check if action == "desbloquear" else stop
        show_refusal(sent, refused, LETTER_WORDS)
        return show_point(point, sent=sent)
    return go(".point_keys", point=point)


@blueprint.post("/consola/claves/cartas/<letter>")
@open_to(Staff(Function.REQUEST_KEYS))
@needs_fresh_factor
def act_on_letter(letter: str) -> ResponseReturnValue:
    """Approve, reject, cancel, dispatch or report lost, by the pressed button; one's own request answers 403."""
    reason, dispatch, lost = ReasonForm(), DispatchForm(), LostForm()
    action = chosen(("aprobar", "rechazar", "retirar", "despachar", "perdida"))
    try:
        match action:
            case "aprobar":
                letters.approve(act(), public_id=letter)
                flash("La carta quedó aprobada y se puede imprimir, una sola vez.", "success")
            case "rechazar":
                letters.reject(act(), public_id=letter, reason=reason.reason.data or "")
                flash("La carta quedó rechazada.", "success")
            case "retirar":
                letters.cancel(act(), public_id=letter)
                flash("La carta quedó retirada.", "success")
            case "despachar":
                letters.dispatch(
                    act(),
                    public_id=letter,
                    carrier=dispatch.carrier.data or "",
                    tracking_number=dispatch.tracking_number.data or "",
                )
                flash("El despacho quedó registrado.", "success")
            case _:
                letters.report_lost(act(), public_id=letter, reason=lost.reason.data or "")
                flash("La carta quedó por perdida y sus claves no abren nada. Ya se puede pedir otra.", "success")
    except Rejected as refused:
        status = 403 if refused.refusal is Refusal.OWN_REQUEST else 422
        sent = {"despachar": dispatch, "perdida": lost}.get(action, reason)
        show_refusal(sent, refused, LETTER_WORDS)
        return show_letter(letter, sent=sent, status=status)
    return go(".letter", letter=letter)


@blueprint.post("/consola/claves")
@open_to(Staff(Function.REQUEST_KEYS))
@needs_fresh_factor
def dispatch_letters() -> ResponseReturnValue:
    """Dispatch the ticked letters, or all that fit, together with one carrier; all of them or none."""
    form, ticked = DispatchForm(), request.form.getlist("carta")
    listed = read_list(to_dispatch=True)
    if chosen(("todas", "marcadas"), absent="marcadas") == "todas":
        ticked = letters.find_printed(act(), text=listed.text, batch_id=listed.filters["lote"])
        if len(ticked) != whole(request.form.get("shown", "")):
            form.form_errors.append("Las cartas impresas cambiaron mientras tanto: mire la lista y repita.")
            return show_letters(dispatch=form)
    if not ticked:
        form.form_errors.append("Marque las cartas que salieron.")
        return show_letters(dispatch=form, ticked=ticked)
    try:
        sent = letters.dispatch_many(
            act(), public_ids=ticked, carrier=form.carrier.data or "", tracking_number=form.tracking_number.data or ""
        )
    except Rejected as refused:
        show_refusal(form, refused, LETTER_WORDS)
        return show_letters(dispatch=form, ticked=ticked)
    except Conflict:
        form.form_errors.append(
            "Una de esas cartas ya salió o se dio por perdida mientras tanto: no se registró ninguna. Revise la lista."
        )
        return show_letters(dispatch=form, ticked=ticked)
    flash(f"Quedó registrado el despacho de {counted(len(sent), 'carta', 'cartas')}.", "success")
    return go(".letters_list", estado="sin-despachar")


# A GET leads back: after a renewed second factor, or a lost session, the sign-in leads here.
@blueprint.route("/consola/claves/cartas/<letter>/imprimir", methods=["GET", "POST"])
@open_to(Staff(Function.APPROVE_KEYS))
@needs_fresh_factor
def print_letter(letter: str) -> ResponseReturnValue:
    """Make the keys of an approved letter and send its PDF, once; afterwards the answer is 410."""
    if request.method == "GET":
        found = letters.find(act(), public_id=letter)
        return go(".letter", letter=found.letter.public_id)
    return _print([letter], f"carta-{letter}.pdf", refused=lambda form: show_letter(letter, sent=form, status=403))


@blueprint.route("/consola/claves/lotes/<batch>/imprimir", methods=["GET", "POST"])
@open_to(Staff(Function.APPROVE_KEYS))
@needs_fresh_factor
def print_batch(batch: str) -> ResponseReturnValue:
    """Make the keys of a batch's approved letters, as many as one paper holds, and send their PDF, once."""
    found = letters.list_batch(act(), batch_id=batch)
    if request.method == "GET":
        return go(".letter_batch", batch=batch)
    ready = letters.select_next_paper([row.letter for row in found if row.letter.state is LetterState.APPROVED])
    if not ready:
        return _gone()
    return _print(
        [each.public_id for each in ready],
        f"cartas-{batch}.pdf",
        refused=lambda form: show_batch(batch, form=form, status=403),
    )


def _print(
    public_ids: list[str], name: str, *, refused: Callable[[ReasonForm], ResponseReturnValue]
) -> ResponseReturnValue:
    base_url, ours, now = runtime.settings().base_url, current(), runtime.now()
    try:
        made = letters.print_letters(
            act(),
            public_ids=public_ids,
            compose=lambda pages: letter_paper.as_pdf(pages, distributor=ours, base_url=base_url, now=now),
        )
    except letters.Spent:
        return _gone()
    except Rejected as own:
        form = ReasonForm()
        show_refusal(form, own, LETTER_WORDS)
        return refused(form)
    return give_file(made, PDF, name=name)


def _gone() -> ResponseReturnValue:
    return render_template("staff/letters/spent.html"), 410


@blueprint.post("/consola/claves/lotes/<batch>")
@open_to(Staff(Function.APPROVE_KEYS))
@needs_fresh_factor
def act_on_batch(batch: str) -> ResponseReturnValue:
    """Approve every letter of a batch that waits for it."""
    form, approved = ReasonForm(), 0
    for row in letters.list_batch(act(), batch_id=batch):
        if row.letter.state is not LetterState.REQUESTED:
            continue
        try:
            letters.approve(act(), public_id=row.letter.public_id)
        except Rejected as refused:
            show_refusal(form, refused, LETTER_WORDS)
            return show_batch(batch, form=form, status=403 if refused.refusal is Refusal.OWN_REQUEST else 422)
        except Conflict:
            # Decided by somebody else meanwhile.
            continue
        approved += 1
    flash(f"{counted(approved, 'carta quedó aprobada', 'cartas quedaron aprobadas')}.", "success")
    return go(".letter_batch", batch=batch)


@blueprint.route("/consola/claves/lotes", methods=["GET", "POST"])
@open_to(Staff(Function.REQUEST_KEYS))
@needs_fresh_factor
def new_batch() -> ResponseReturnValue:
    """Request letters for all points of a company, or for all whose keys end soon."""
    form, expiring = CompanyLetterForm(), ReasonForm(prefix="vencen")
    form.offer(letters.list_companies(act()))
    sent: CompanyLetterForm | ReasonForm = form
    try:
        if request.method == "POST" and chosen(("empresa", "vencen"), absent="empresa") == "vencen":
            sent = expiring
            batch = letters.ask_for_expiring(act(), reason=expiring.reason.data or "")
            return go(".letter_batch", batch=batch)
        if form.validate_on_submit():
            batch = letters.ask_for_company(act(), company=form.company.data, wanted=form.wanted)
            return go(".letter_batch", batch=batch)
    except Rejected as refused:
        show_refusal(sent, refused, LETTER_WORDS)
    return page(
        "staff/letters/new_batch.html",
        form=sent,
        company_form=form,
        expiring_form=expiring,
        expiring=letters.list_expiring(act()),
    )

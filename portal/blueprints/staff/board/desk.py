"""Administrator's desk: outbox, jobs, backups."""

from __future__ import annotations

from flask import flash, request
from flask.typing import ResponseReturnValue

from portal.blueprints.staff import lists
from portal.blueprints.staff.views import blueprint, condition
from portal.clock import system_clock
from portal.domain.accounts import Function
from portal.services.files import jobs
from portal.services.mail import outbox_desk
from portal.services.mail.delivery import MOST_ATTEMPTS
from portal.services.mail.outbox_desk import MailState
from portal.web import runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page
from portal.web.forms import whole
from portal.words.files import JOB_KIND_WORDS, JOB_STATES, failure_words
from portal.words.mails import PORT_WORDS
from portal.words.upkeep import age_words

MAIL_WORDS = {
    MailState.FAILING: "Con fallas",
    MailState.NO_GATEWAY: "Sin pasarela",
    MailState.TOO_LATE: "Fuera de tiempo",
    MailState.WAITING: "Por salir",
    MailState.SENT: "Enviados",
}
# Spelling in addresses.
NAMES = {
    MailState.FAILING: "con-fallas",
    MailState.NO_GATEWAY: "sin-pasarela",
    MailState.TOO_LATE: "fuera-de-tiempo",
    MailState.WAITING: "por-salir",
    MailState.SENT: "enviados",
}


@blueprint.route("/consola/correo", methods=["GET", "POST"])
@open_to(Staff(Function.ADMINISTER))
def outbox() -> ResponseReturnValue:
    """List the mails of a state; retry a failing one at once."""
    if request.method == "POST":
        wanted = whole(request.form.get("message", ""))
        outbox_desk.retry(act(), message_id=wanted or 0)
        flash("El correo se intenta de nuevo en la próxima vuelta, en unos segundos.", "success")
        return go(".outbox")
    listed = lists.read("staff.outbox", choices={"estado": NAMES.values()})
    state = next((state for state, name in NAMES.items() if name == listed.kept.get("estado")), MailState.FAILING)
    after = listed.after_id
    found = outbox_desk.list_mails(act(), state=state, text=listed.text, after=after)
    listed.next = found.next
    return page(
        "staff/board/outbox.html",
        found=found,
        listed=listed,
        shown=state,
        filters=[
            (NAMES[each], words, found.counts[each])
            for each, words in MAIL_WORDS.items()
            # Most installations never had a message to a telephone.
            if each not in (MailState.NO_GATEWAY, MailState.TOO_LATE) or found.counts[each] or each is state
        ],
        can_retry=state in (MailState.FAILING, MailState.NO_GATEWAY),
        is_given_up=lambda mail: mail.attempts >= MOST_ATTEMPTS,
        name=NAMES[state],
        port_words=PORT_WORDS.__getitem__,
        has_server=runtime.settings().smtp_url is not None,
    )


@blueprint.get("/consola/tareas")
@open_to(Staff(Function.ADMINISTER))
def jobs_and_backups() -> ResponseReturnValue:
    """Show the last jobs of everybody and the copies of the database."""
    now, found = system_clock(), condition()
    return page(
        "staff/board/jobs.html",
        found=jobs.list_all_jobs(act()),
        kind_words=JOB_KIND_WORDS,
        states=JOB_STATES,
        failure_words=failure_words,
        kept=found.kept,
        workers=[
            (
                seen,
                *(
                    moment and age_words(now - moment)
                    for moment in (seen.seen_at, seen.last_duty_at, seen.last_mail_at)
                ),
            )
            for seen in found.upkeep.workers
        ],
        alarms=found.alarms,
    )

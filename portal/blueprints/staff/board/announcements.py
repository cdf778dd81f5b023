"""Announcements to customers: written, previewed with their reach, published, withdrawn."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask import flash, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField

from portal.blueprints.staff.views import blueprint
from portal.blueprints.staff.words import NOTICE_WORDS
from portal.domain.accounts import Function
from portal.domain.announcements import Severity
from portal.domain.gas_day import BOGOTA, BadGasDay, parse_gas_day
from portal.domain.modalities import Modality
from portal.services import announcements
from portal.services.announcements import Draft, Reach
from portal.services.store.refusals import Rejected
from portal.web import database, runtime
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.filters import MODALITY_WORDS, SEVERITY_WORDS
from portal.web.forms import TypedForm

HINTS = {
    Severity.CRITICAL.value: "Puede faltar el gas o el portal. El cliente lo ve al entrar, hasta que diga que lo leyó.",
    Severity.MAINTENANCE.value: "Trabajo programado. También se ve al entrar.",
    Severity.INFORMATION.value: "Bueno saberlo. Solo en la página de avisos.",
}
ALL = ""


class AnnouncementForm(TypedForm):
    """Announcement, its audience and its end."""

    severity = RadioField(
        "Qué tan importante es",
        choices=[SelectChoice(each.value, SEVERITY_WORDS[each]) for each in Severity],
        default=Severity.INFORMATION.value,
    )
    title = StringField("Título")
    text = TextAreaField("Texto")
    starts = StringField("Desde")
    ends_at = StringField("Hasta (si se sabe)")
    modality = SelectField(
        "Modalidad",
        choices=[SelectChoice(ALL, "Todas"), *[SelectChoice(each.value, MODALITY_WORDS[each]) for each in Modality]],
    )
    exit_point = SelectField("Punto de salida", choices=[SelectChoice(ALL, "Todos")])
    seen = HiddenField()

    def moment(self, field: StringField) -> datetime | None:
        """Return the typed Colombian moment, None for an empty field; an unreadable one adds an error."""
        typed = (field.data or "").strip()
        if not typed:
            return None
        day, _, hour = typed.partition(" ")
        try:
            clock = datetime.strptime(hour.strip() or "00:00", "%H:%M").time()  # noqa: DTZ007
            return datetime.combine(parse_gas_day(day).date, clock, tzinfo=BOGOTA)
        except (BadGasDay, ValueError):
            field.errors = [*field.errors, "No reconocemos ese momento. Escríbalo como 24/11/2026 06:00."]
            return None

    def fingerprint(self) -> str:
        """Return the digest of the form: only what was previewed is published."""
        said = [getattr(self, name).data or "" for name in self._fields if name not in ("seen", "csrf_token")]
        return hashlib.sha256("\0".join(map(str, said)).encode()).hexdigest()


@blueprint.route("/consola/avisos", methods=["GET", "POST"])
@open_to(Staff(Function.PUBLISH_NOTICES))
def announcement_desk() -> ResponseReturnValue:
    """Show the announcements and a form for another: first its reach, then the publication."""
    session, now = database.current(), runtime.now()
    if request.method == "POST" and "withdraw" in request.form:
        announcements.withdraw(act(), public_id=request.form["withdraw"])
        flash("El aviso quedó retirado: ya no lo ve nadie.", "success")
        return go(".announcement_desk")
    form, reach = AnnouncementForm(), None
    gates = announcements.list_exit_points(session)
    form.exit_point.choices = [SelectChoice(ALL, "Todos"), *[SelectChoice(*gate) for gate in gates]]
    if form.validate_on_submit():
        starts, ends = form.moment(form.starts), form.moment(form.ends_at)
        if not form.errors:
            reach = _publish_or_show(form, starts or now, ends, now)
            if reach is None and not form.errors:
                flash("El aviso quedó publicado y sale por correo a quienes lo pidieron.", "success")
                return go(".announcement_desk")
    return page(
        "staff/announcements/desk.html",
        form=form,
        hints=HINTS,
        reach=reach,
        found=announcements.list_notices(act()),
    )


def _publish_or_show(form: AnnouncementForm, starts: datetime, ends: datetime | None, now: datetime) -> Reach | None:
    """Publish what was previewed and return None; else return its reach."""
    draft = Draft(
        severity=Severity(form.severity.data),
        title=form.title.data or "",
        text=form.text.data or "",
        starts_at=starts,
        ends_at=ends,
        modality=Modality(form.modality.data) if form.modality.data else None,
        exit_point=form.exit_point.data or None,
    )
    try:
        if "confirm" in request.form and form.seen.data == form.fingerprint():
            announcements.publish(act().moved(now), draft=draft)
            return None
        reach = announcements.preview(act().moved(now), draft=draft)
    except Rejected as refused:
        show_refusal(form, refused, NOTICE_WORDS)
        return None
    form.seen.data = form.fingerprint()
    return reach

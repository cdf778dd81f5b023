"""Pages of settings: the value in force, its rows, and a change after a preview of its effect."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from portal.domain.accounts import Function
from portal.domain.counts import counted
from portal.domain.gas_day import GasDay
from portal.domain.gates import LAST_PRIORITY, PRIORITY
from portal.domain.modalities import Modality
from portal.domain.nominations import FACTORS, MEAN_DAYS, POLICY_WORDS, ClosePolicy
from portal.domain.quantities import Quantity, Unit
from portal.domain.settings import ADJUSTMENT_LIMIT, FOR_EVER, MOST_DAYS, RETENTION, SCOPES, SettingName, SettingScope
from portal.services.points.close_policies import DEFAULT
from portal.services.points.settings import changes, queries
from portal.services.points.settings.changes import Asked, Effect
from portal.services.store.refusals import Rejected
from portal.services.trace import audit_trail
from portal.web import database
from portal.web.access import Staff, act, open_to
from portal.web.answers import go, page, show_refusal
from portal.web.filters import MODALITY_WORDS, grouped, measure
from portal.web.forms import TypedForm
from portal.web.step_up import needs_fresh_factor
from portal.web.typed_days import read_typed_day

from .views import blueprint
from .words import SETTING_WORDS


def _days(name: SettingName) -> str:
    return f"Días enteros, de {RETENTION[name]} a {grouped(Decimal(MOST_DAYS), 0)}; 0 es para siempre."


# By spelling in addresses: title, effect, how its value is typed.
SETTINGS: Mapping[str, tuple[SettingName, str, str, str]] = {
    "tolerancia": (
        SettingName.TOLERANCE,
        "Tolerancia del contrato",
        "Hasta cuánto puede apartarse un día de lo autorizado. Cambia el primer día de un mes.",
        "En porcentaje, como 5 o 4,5.",
    ),
    "regla-al-cierre": (
        SettingName.CLOSE_POLICY,
        "Regla al cierre",
        "Lo que se nomina de un punto que nadie nominó. Sin ajuste: el pronóstico.",
        "",
    ),
    "cantidad-sospechosa": (
        SettingName.SUSPICIOUS_FACTOR,
        "Cantidad fuera de lo usual",
        (
            f"Cuántas veces la media de {MEAN_DAYS} días, hacia arriba o hacia abajo, pide confirmarse. Sin ajuste: "
            f"{FACTORS.far}."
        ),
        "Un número entero de 2 a 1000.",
    ),
    "otra-unidad-desde": (
        SettingName.UNIT_FACTOR_LOW,
        "Otra unidad: desde cuántas veces",
        "Desde cuántas veces la media se sospecha que la cantidad está en la otra unidad. Sin ajuste: 20.",
        "Un número entero de 2 a 1000.",
    ),
    "otra-unidad-hasta": (
        SettingName.UNIT_FACTOR_HIGH,
        "Otra unidad: hasta cuántas veces",
        "Hasta cuántas veces la media se sospecha que la cantidad está en la otra unidad. Sin ajuste: 30.",
        "Un número entero de 2 a 1000.",
    ),
    "limite-de-ajustes": (
        SettingName.ADJUSTMENT_LIMIT,
        "Límite de los ajustes",
        f"Desde cuántos MBTU un ajuste de la cuenta lo decide otra persona. Sin ajuste: {ADJUSTMENT_LIMIT} MBTU.",
        "MBTU enteros, de 0 a 100000; con 0, todos.",
    ),
    "prioridad-en-recortes": (
        SettingName.CUT_PRIORITY,
        "Prioridad en los recortes",
        (
            "Quién se recorta al final cuando una puerta no alcanza y el recorte va por prioridad: la 1, de última. "
            f"Sin ajuste: {PRIORITY}."
        ),
        f"Un número de 1 a {LAST_PRIORITY}.",
    ),
    "conservar-archivos": (
        SettingName.KEEP_FILES,
        "Conservar los archivos cargados",
        "Cuántos días se guarda el contenido de un archivo que ya se tomó o se descartó; su nombre y su huella quedan.",
        _days(SettingName.KEEP_FILES),
    ),
    "conservar-sesiones": (
        SettingName.KEEP_SESSIONS,
        "Conservar las sesiones terminadas",
        "Cuántos días queda una sesión después de terminar; las de llamadas y consultas de cuentas quedan siempre.",
        _days(SettingName.KEEP_SESSIONS),
    ),
    "conservar-intentos": (
        SettingName.KEEP_ATTEMPTS,
        "Conservar los intentos de claves",
        "Cuántos días quedan los intentos y sus contadores; los de una clave vigente quedan siempre.",
        _days(SettingName.KEEP_ATTEMPTS),
    ),
    "conservar-correos": (
        SettingName.KEEP_MAILS,
        "Conservar el texto de los correos",
        "Cuántos días queda el texto de un correo enviado; a quién, cuándo y su asunto quedan, y los de PQR, enteros.",
        _days(SettingName.KEEP_MAILS),
    ),
    "conservar-borradores": (
        SettingName.KEEP_DRAFTS,
        "Conservar los borradores",
        "Cuántos días queda una nominación que nadie firmó, desde su último cambio.",
        _days(SettingName.KEEP_DRAFTS),
    ),
    "retiro-diario": (
        SettingName.PURGE_DAILY,
        "Retirar cada día lo que venció",
        "Si el trabajador retira cada día lo que pasó de sus días. Sin ajuste: no; se hace con portal purge.",
        "1 para sí, 0 para no.",
    ),
    "un-solo-codigo": (
        SettingName.ONE_CODE,
        "Un solo código para todos los puntos",
        (
            "Si quien nomina todos los puntos de un contrato los firma con el código de uno y el autenticador de su "
            "cuenta. Sin ajuste: no; cada punto se firma con su código."
        ),
        "1 para sí, 0 para no.",
    ),
}
SCOPE_WORDS: Mapping[SettingScope, str] = {
    SettingScope.ALL: "Todos los puntos",
    SettingScope.MODALITY: "Una modalidad",
    SettingScope.CONTRACT: "Un contrato",
    SettingScope.POINT: "Un punto de entrega",
}


class SettingForm(TypedForm):
    """Place, value, first day, and reason."""

    scope = RadioField("Para quién")
    modality = SelectField("Modalidad", choices=[SelectChoice(each.value, MODALITY_WORDS[each]) for each in Modality])
    place = StringField("Contrato o punto")
    value = StringField("Valor", validators=[InputRequired("Escriba el valor.")])
    valid_from = StringField("Desde el día de gas", validators=[InputRequired("Escriba el día, como 01/12/2026.")])
    reason = TextAreaField("Razón")
    seen = HiddenField()

    parsed: GasDay | None = None

    def validate_valid_from(self, field: StringField) -> None:
        self.parsed = read_typed_day(field.data or "")

    def asked(self, name: SettingName) -> Asked:
        """Return the form for the service; only after validation."""
        if self.parsed is None:
            raise ValueError("the form was not validated")
        return Asked(
            name=name,
            # Without the choice only one scope is possible: a contract, or all.
            scope=SettingScope(self.scope.data)
            if self.scope
            else (SettingScope.CONTRACT if self.place else SettingScope.ALL),
            modality=Modality(self.modality.data) if self.modality else None,
            place=(self.place.data or "") if self.place else "",
            value=self.value.data or "",
            valid_from=self.parsed,
            reason=self.reason.data or "",
        )


class PolicyForm(SettingForm):
    """Setting whose value is one of three rules."""

    value = RadioField(
        "Regla",
        choices=[SelectChoice(each.value, POLICY_WORDS[each].capitalize()) for each in ClosePolicy],
        default=ClosePolicy.FORECAST.value,
    )


@blueprint.get("/consola/ajustes")
@open_to(Staff(Function.ADMINISTER))
def settings() -> ResponseReturnValue:
    """List the settings."""
    return page("staff/settings.html", settings=[(slug, *words[1:3]) for slug, words in SETTINGS.items()])


@blueprint.route("/consola/ajustes/<setting>", methods=["GET", "POST"])
@open_to(Staff(Function.ADMINISTER))
@needs_fresh_factor
def setting(setting: str) -> ResponseReturnValue:
    """Show the rows of a setting; add one after a preview of its effect."""
    if setting not in SETTINGS:
        abort(404)
    name, title, what, hint = SETTINGS[setting]
    session = database.current()
    form = _form(name)
    effect: Effect | None = None
    if form.validate_on_submit():
        asked = form.asked(name)
        try:
            effect = changes.preview(act(), asked=asked)
            seen = _fingerprint(asked, effect)
            if "confirm" in request.form and form.seen.data == seen:
                changes.change(act(), asked=asked)
                flash("El ajuste quedó registrado.", "success")
                return go(".setting", setting=setting)
            form.seen.data = seen
        except Rejected as refused:
            show_refusal(form, refused, SETTING_WORDS)
    return page(
        "staff/setting.html",
        form=form,
        slug=setting,
        title=title,
        what=what,
        hint=hint,
        effect=effect,
        wide=len(SCOPES[name]) > 1,
        old=value_words(name, effect.old) if effect else None,
        new=value_words(name, effect.new) if effect else None,
        is_of_points=SCOPES[name] != {SettingScope.ALL},
        is_rule=name is SettingName.CLOSE_POLICY,
        rows=[(line, _where(line), value_words(name, line.value)) for line in _lines(name)],
        standing=_standing(name),
        trail_entries=audit_trail.list_of_subject(session, subject=name.value),
    )


def value_words(name: SettingName, value: str) -> str:
    """Return a value of a setting in words."""
    if name is SettingName.TOLERANCE:
        return f"{grouped(Decimal(value) / 100, 2).removesuffix('00').removesuffix(',')} %"
    if name is SettingName.CLOSE_POLICY:
        return POLICY_WORDS[ClosePolicy(value)]
    if name is SettingName.ADJUSTMENT_LIMIT:
        return measure(Quantity.of(int(value), Unit.MBTU))
    if name is SettingName.CUT_PRIORITY:
        return f"prioridad {value}"
    if name in (SettingName.PURGE_DAILY, SettingName.ONE_CODE):
        return "sí" if value == "1" else "no"
    if name in RETENTION:
        return "para siempre" if int(value) == FOR_EVER else counted(int(value), "día", "días")
    return f"× o ÷ {value}"


def _form(name: SettingName) -> SettingForm:
    form = PolicyForm() if name is SettingName.CLOSE_POLICY else SettingForm()
    scopes = [scope for scope in SettingScope if scope in SCOPES[name]]
    if len(scopes) == 1:
        del form.scope, form.modality
        if scopes == [SettingScope.ALL]:
            del form.place
        return form
    form.scope.choices = [SelectChoice(scope.value, SCOPE_WORDS[scope]) for scope in scopes]
    if not form.scope.data:
        form.scope.data = scopes[0].value
    return form


def _standing(name: SettingName) -> str:
    """Return the value in force without any row."""
    if name is SettingName.TOLERANCE:
        found = queries.find_tolerance_range(act())
        if found is None:
            return "Todavía no hay contratos."
        least, greatest = (value_words(name, str(each)) for each in found)
        if least == greatest:
            return f"Rige {least} en todos los contratos."
        return f"Rige la de cada contrato en el registro: de {least} a {greatest}."
    value = {
        SettingName.CLOSE_POLICY: DEFAULT.value,
        SettingName.SUSPICIOUS_FACTOR: str(FACTORS.far),
        SettingName.UNIT_FACTOR_LOW: str(FACTORS.unit_low),
        SettingName.UNIT_FACTOR_HIGH: str(FACTORS.unit_high),
        SettingName.ADJUSTMENT_LIMIT: str(ADJUSTMENT_LIMIT),
        SettingName.CUT_PRIORITY: str(PRIORITY),
    }.get(name)
    if value is None:
        return f"Rige «{value_words(name, str(FOR_EVER))}»."
    return f"Rige {value_words(name, value)} en todos los puntos."


def _lines(name: SettingName) -> list[queries.Line]:
    return list(queries.list_lines(act(), name=name))


def _where(line: queries.Line) -> str:
    if line.scope is SettingScope.MODALITY and line.modality is not None:
        return MODALITY_WORDS[line.modality]
    return line.where or SCOPE_WORDS[line.scope]


def _fingerprint(asked: Asked, effect: Effect) -> str:
    """Return the digest of this change and of what it replaces: only a previewed effect is confirmed."""
    return hashlib.sha256("|".join(map(str, (asked, effect.old, effect.new))).encode()).hexdigest()

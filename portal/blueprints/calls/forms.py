"""Forms of the call pages."""

from __future__ import annotations

from wtforms import BooleanField, HiddenField, RadioField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length

from portal.domain.calls import LONGEST_NOTE, CallOutcome, Verification
from portal.services.keys.letters import Wanted
from portal.web.forms import SecretField, TypedForm

METHOD_MISSING = "Elija cómo verifica a quien llama."


class NewCallForm(TypedForm):
    """Caller, number and point of a new call."""

    delivery_point = HiddenField(validators=[InputRequired("Elija primero el punto: búsquelo y ábralo.")])
    # Of the list of those who are missing; blank when the customer called.
    about_day = HiddenField()
    caller = StringField(
        "Quién llama",
        validators=[
            InputRequired("Escriba quién llama: nombre y apellido, como lo dijo."),
            Length(max=120, message="El nombre tiene más de 120 caracteres. Acórtelo."),
        ],
    )
    telephone = StringField(
        "Desde qué número",
        validators=[
            InputRequired("Escriba el número desde el que llama."),
            Length(max=40, message="Eso no es un número de teléfono. Escríbalo como 601 668 3100 o 310 555 0143."),
        ],
    )


class VerifyForm(TypedForm):
    """One of the three ways to verify the caller; ``method`` says which."""

    method = HiddenField(validators=[AnyOf([each.value for each in Verification], METHOD_MISSING)])
    caller = StringField(
        "Con quién habla", validators=[Length(max=120, message="El nombre tiene más de 120 caracteres. Acórtelo.")]
    )
    code = SecretField("Código que le leen", validators=[Length(max=32, message="Código incorrecto: son 6 cifras.")])
    address = SelectField("Enviar un código a", validate_choice=False)
    telephone = SelectField("Devolver la llamada al", validate_choice=False)

    @property
    def errors(self) -> dict[str | None, list[str]]:
        """Every problem, that of the hidden field without its name: it cannot be focused."""
        found = dict(super().errors)
        hidden = found.pop("method", [])
        return found | ({None: [*found.get(None, []), *hidden]} if hidden else {})

    @property
    def chosen(self) -> Verification:
        """The chosen way."""
        return Verification(self.method.data)


class LostKeysForm(TypedForm):
    """Keys that the caller lost, and why a letter is asked for."""

    keys = RadioField(
        "Qué claves perdió",
        choices=[
            SelectChoice("numeric", "La numérica de este punto"),
            SelectChoice("web", "La clave web del contrato"),
            SelectChoice("both", "Las dos"),
        ],
        validate_choice=False,
        default="numeric",
        validators=[AnyOf(["numeric", "web", "both"], "Elija qué claves perdió.")],
    )
    compromised = BooleanField("Cree que otra persona las tiene: las de ahora dejan de servir al imprimirse la carta")
    reason = StringField(
        "Por qué",
        validators=[
            InputRequired("Escriba por qué pide la carta: qué pasó con las claves."),
            Length(max=300, message="La razón tiene más de 300 caracteres. Acórtela."),
        ],
    )

    @property
    def wanted(self) -> Wanted:
        """The letter that is asked for."""
        return Wanted(
            renews_web=self.keys.data in ("web", "both"),
            renews_numeric=self.keys.data in ("numeric", "both"),
            compromised=self.compromised.data,
            reason=self.reason.data or "",
        )


class EndForm(TypedForm):
    """End of the call: how it went, and a note."""

    outcome = RadioField(
        "Cómo terminó",
        choices=[
            SelectChoice(CallOutcome.ATTENDED.value, "Atendida"),
            SelectChoice(CallOutcome.NO_ANSWER.value, "No contesta"),
        ],
        validate_choice=False,
        validators=[
            AnyOf([CallOutcome.ATTENDED.value, CallOutcome.NO_ANSWER.value], "Elija si se atendió o no contestan.")
        ],
    )
    note = TextAreaField(
        "Nota (la lee quien supervisa)",
        validators=[Length(max=LONGEST_NOTE, message=f"La nota tiene más de {LONGEST_NOTE} caracteres. Acórtela.")],
    )


def new_ending() -> EndForm:
    """Return the form that ends a call as the page offers it first."""
    return EndForm(formdata=None, data={"outcome": CallOutcome.ATTENDED.value})

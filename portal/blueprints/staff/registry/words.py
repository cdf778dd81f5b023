"""Words of the registry: refusals, fields, changes."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.calendar import day_words, month_words
from portal.domain.gas_day import GasDay
from portal.domain.modalities import DeliveryPointKind
from portal.domain.settings import MOST_TOLERANCE
from portal.domain.successions import SuccessionKind
from portal.services.mail import Topic
from portal.services.registry import Kind
from portal.services.store.refusals import Refusal, Rejected

REGISTRY_WORDS: Mapping[Refusal, str] = {
    Refusal.VALUE_MISSING: "Falta este dato.",
    Refusal.VALUE_TOO_LONG: "Tiene más de {most} caracteres: acórtelo.",
    Refusal.NIT_MALFORMED: "Escriba el NIT con su dígito de verificación, como 900.123.456-8.",
    Refusal.NIT_CHECK_DIGIT: "El dígito de verificación no corresponde a ese NIT: revise los números.",
    Refusal.NIT_TAKEN: "Ya hay una empresa con ese NIT.",
    Refusal.CONTRACT_NUMBER_TAKEN: "Ya hay un contrato con ese número.",
    Refusal.CARRIER_CODE_TAKEN: (
        "Ya hay un punto con ese código del transportador{valid}. Un código pasa a otro punto desde un día: "
        "termine el primero el día anterior."
    ),
    Refusal.SEVERAL_VALIDITIES: (
        "Ese código es de varios puntos, uno después de otro: escriba también el primer día del que cambia ({days})."
    ),
    Refusal.POINT_NAME_TAKEN: "El contrato ya tiene un punto que se llama así en esos días.",
    Refusal.EXIT_CODE_TAKEN: "Ya hay un punto de salida con ese código.",
    Refusal.CODE_ALIKE: "Ya existe {other}: en una hoja de cálculo los dos códigos se vuelven el mismo. Elija otro.",
    Refusal.NUMBER_ALIKE: "Ya existe {other}: en una hoja de cálculo los dos números se vuelven el mismo. Elija otro.",
    Refusal.CODE_MALFORMED: "Use solo letras, números, punto, guion y guion bajo, hasta 20, como PE-0001.",
    Refusal.CODE_FIXED: "El código no cambia: termine este punto de salida y cree otro.",
    Refusal.SUPPLIER_MISSING: "Un contrato ATR dice quién suministra el gas.",
    Refusal.SUPPLIER_NOT_WANTED: "Solo un contrato ATR tiene otro comercializador: deje el campo vacío.",
    Refusal.MAXIMUM_NOT_POSITIVE: "El máximo diario debe ser mayor que cero.",
    Refusal.TOLERANCE_OUT_OF_RANGE: f"La tolerancia va de 0 a {MOST_TOLERANCE // 100} %.",
    Refusal.PROFILE_MALFORMED: "Escriba 24 números enteros de 0 a 9999 separados por comas, no todos cero.",
    Refusal.ENDS_BEFORE_START: "Termina antes de empezar: revise las dos fechas.",
    Refusal.END_UNCONFIRMED: "La cuenta tiene más después de ese día. Lea lo que viene después y guarde otra vez.",
    Refusal.ENDS_AFTER_CONTRACT: "El contrato vale hasta el {last}: el punto no puede pasar de ese día.",
    Refusal.STARTS_BEFORE_CONTRACT: "El contrato empieza el {day}: el punto no puede empezar antes.",
    Refusal.STARTS_AFTER_POINTS: "Uno de sus puntos empieza el {day}: el contrato no puede empezar después.",
    Refusal.STARTS_AFTER_FIGURES: "La cuenta tiene cifras desde el {day}: no puede empezar después.",
    Refusal.FIXED_BY_FIGURES: "Ya hay cifras calculadas con el valor anterior y no se cambia: {instead}",
    Refusal.COMPANY_IN_USE: "Uno de sus contratos vale más allá de ese día: termínelo primero.",
    Refusal.COMPANY_ENDED: "La empresa es cliente hasta el {last}: el contrato no puede pasar de ese día.",
    Refusal.EXIT_POINT_UNKNOWN: "Elija un punto de salida de la lista.",
    Refusal.EXIT_POINT_ENDED: "Ese punto de salida se usa hasta el {last}: elija otro o termine antes.",
    Refusal.EXIT_POINT_IN_USE: "Uno de sus puntos de entrega vale más allá de ese día: termínelo primero.",
    Refusal.MONTH_CLOSED: "La cuenta está cerrada hasta {month}: la vigencia de esos días no cambia.",
    Refusal.NAME_MISSING: "Escriba el nombre del contacto.",
    Refusal.EMAIL_MALFORMED: "Ese correo no está completo o tiene un error. Escríbalo como nombre@empresa.com.",
    Refusal.CONTACT_TWICE: "Ese correo ya es un contacto de la empresa.",
    Refusal.LAST_CONTACT: "Es el último contacto de la empresa: agregue otro antes de quitarlo.",
    Refusal.TOO_MANY_CONTACTS: "La empresa ya tiene {most} contactos. Quite uno antes de agregar otro.",
    Refusal.NO_MOBILE: "Ese contacto no tiene un celular de Colombia: agréguelo con su número o déjelo en correo.",
    Refusal.CHANGE_BEFORE_START: "El punto empieza el {day}: el cambio empieza después de ese día.",
    Refusal.CHANGE_AFTER_END: "El último día del punto es el {last}: el cambio empieza ese día o antes.",
    Refusal.CHANGE_IN_CLOSED_MONTH: (
        "La cuenta está cerrada hasta {month}: sus cifras ya no cambian de cuenta. El primer día posible es el "
        "{possible}."
    ),
    Refusal.POINT_HANDED_ON: (
        "Desde el {day} este punto sigue en otra cuenta: haga el cambio en la página del que sigue."
    ),
    Refusal.MERGER_UNKNOWN: (
        "Ningún otro punto de {company} tiene ese código ese día: escríbalo como está en el registro. Un punto de otra "
        "empresa pasa primero a su contrato, con «Cambiar desde un día»."
    ),
    Refusal.MERGER_UNMEASURED: (
        "El {day} {point} no tiene medición: cárguela primero, o la de un solo punto quedaría por la de los dos."
    ),
    Refusal.SHARE_OUT_OF_RANGE: "Escriba qué parte pasa al punto nuevo, como 40 o 12,5: ni nada ni todo.",
    Refusal.CHANGE_UNCONFIRMED: "Lo que cambiaría ya no es lo que se mostró. Lea de nuevo el efecto y confirme.",
    Refusal.CONTRACT_UNKNOWN: (
        "No hay un contrato con el número {number}: escríbalo como está en el registro. El de ahora es {own}."
    ),
    Refusal.CONTRACT_OVER: "El contrato {number} vale hasta el {last}: elija uno que siga vigente ese día.",
    Refusal.NOTHING_CHANGES: "Eso ya rige: cambie la unidad, el punto de salida o el contrato.",
    Refusal.REASON_MISSING: "Escriba la razón: queda en la auditoría de los dos puntos.",
    Refusal.REASON_TOO_LONG: "La razón tiene más de {most} caracteres: acórtela.",
    Refusal.LETTERS_SPENT: "El punto ya agotó sus cartas por ahora: quite la marca de la carta y pídala después.",
    Refusal.POINT_NOT_SERVED: (
        "El punto nuevo termina mañana o antes: una carta no llegaría a tiempo. Quite la marca de la carta, o elija un "
        "contrato que dure más."
    ),
    Refusal.FILE_DECIDED: "Ese archivo ya se importó o se descartó.",
    Refusal.NOTHING_TO_IMPORT: "El archivo no dice nada nuevo: no hay qué importar.",
}
# The page of a contract's maximum says some of them of the contract.
MAXIMUM_WORDS: Mapping[Refusal, str] = {
    **REGISTRY_WORDS,
    Refusal.CHANGE_BEFORE_START: "El contrato empieza el {day}: escriba ese día o uno posterior.",
    Refusal.CHANGE_AFTER_END: "El último día del contrato es el {last}: escriba ese día o uno anterior.",
    Refusal.CHANGE_IN_CLOSED_MONTH: (
        "Uno de sus puntos está cerrado hasta {month}: el máximo de esos días no cambia. El primer día posible es el "
        "{possible}."
    ),
    Refusal.NOTHING_CHANGES: "Ese máximo ya rige ese día: escriba otro.",
    Refusal.REASON_MISSING: "Escriba la razón: queda en la auditoría del contrato.",
}
INSTEAD: Mapping[str | None, str] = {
    "maximum_micro": "un máximo nuevo se pone desde un día con «Cambiar el máximo», en la página del contrato.",
    "tolerance_basis_points": "una tolerancia nueva se pone desde un día en Ajustes.",
    "modality": "cree otro contrato y pase a él cada punto con «Cambiar desde un día», en la página del punto.",
    "unit": "use «Cambiar desde un día», en la página del punto.",
    "exit_point": "use «Cambiar desde un día», en la página del punto.",
}

# How a row of the timeline began; the braces are the other point.
ACT_WORDS: Mapping[SuccessionKind, str] = {
    SuccessionKind.CHANGE: "Sigue de la fila de antes",
    SuccessionKind.MERGER: "Se le unió {}",
    SuccessionKind.DIVISION: "Salió de {}",
}
# The same, from the side of the row that ends or is divided.
LEFT_WORDS: Mapping[SuccessionKind, str] = {
    SuccessionKind.CHANGE: "Sigue en la fila de después",
    SuccessionKind.MERGER: "Se unió a {}",
    SuccessionKind.DIVISION: "De aquí salió {}",
}
KIND_WORDS: Mapping[Kind, str] = {
    Kind.COMPANY: "Empresas",
    Kind.CONTRACT: "Contratos",
    Kind.POINT: "Puntos de entrega",
    Kind.CONTACT: "Contactos",
    Kind.EXIT_POINT: "Puntos de salida",
}
ONE_WORDS: Mapping[Kind, str] = {
    Kind.COMPANY: "Empresa",
    Kind.CONTRACT: "Contrato",
    Kind.POINT: "Punto de entrega",
    Kind.CONTACT: "Contacto",
    Kind.EXIT_POINT: "Punto de salida",
}
POINT_KIND_WORDS: Mapping[DeliveryPointKind, str] = {
    DeliveryPointKind.STATION: "EDS, estación de servicio",
    DeliveryPointKind.PLANT: "Planta industrial",
}
TOPIC_WORDS: Mapping[Topic, str] = {
    Topic.RECEIPTS: "Comprobantes",
    Topic.REMINDERS: "Recordatorios y cierre",
    Topic.CUTS: "Recortes",
    Topic.NOTICES: "Avisos y cambios de horario",
    Topic.CONTINGENCIES: "Avisos críticos",
    Topic.IN_FULL: "Autorizada completa",
}


def spoken(refused: Rejected) -> Rejected:
    """Turn days and names of a refusal into words; the end of a validity as its last day."""
    day = refused.facts.get("day")
    if day is not None:
        refused.facts |= {"day": day_words(day.date), "last": day_words(day.plus(-1).date)}
    if "possible" in refused.facts:
        refused.facts["possible"] = day_words(refused.facts["possible"].date)
    if "month" in refused.facts:
        refused.facts["month"] = month_words(refused.facts["month"])
    if refused.refusal is Refusal.CARRIER_CODE_TAKEN:
        refused.facts["valid"] = _validity(refused.facts.get("first"), refused.facts.get("ends_on"))
    if "days" in refused.facts:
        refused.facts["days"] = "; ".join(day_words(each.date) for each in refused.facts["days"])
    if refused.refusal is Refusal.FIXED_BY_FIGURES:
        # A contract's unit has other words than a point's.
        of_contract = refused.field == "unit" and refused.facts.get("of_contract")
        refused.facts["instead"] = INSTEAD["modality" if of_contract else refused.field]
    return refused


def _validity(first: GasDay | None, ends_on: GasDay | None) -> str:
    """Return the days of the point with a code, to follow its mention; empty when unknown."""
    if first is None:
        return ""
    last = "sin fin" if ends_on is None else f"hasta el {day_words(ends_on.plus(-1).date)}"
    return f", desde el {day_words(first.date)}, {last}"

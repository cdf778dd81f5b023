"""Spanish words of meters and their indices."""

from __future__ import annotations

from collections.abc import Mapping

from portal.services.store.refusals import Refusal, Rejected
from portal.web.filters import exact

from .refusals import say_facts

WORDS: Mapping[Refusal, str] = {
    Refusal.METER_SERIAL: "Escriba el número del medidor, de {most} caracteres como máximo.",
    Refusal.METER_FACTOR: "El factor va de 0,5 a 100, con seis decimales a lo sumo. Sin corrección es 1.",
    Refusal.METER_DIGITS: "Escriba cuántas cifras enteras tiene el índice, de {fewest} a {most}.",
    Refusal.METER_MAXIMUM: "El máximo al día es más de 0 m³. Si no se sabe, deje el campo vacío.",
    Refusal.METER_INDEX_LARGE: "El índice de ese medidor vuelve a cero en {dial}: no puede mostrar tanto.",
    Refusal.METER_FORMER_INDEX: "Escriba el último índice del que se retira: sin él falta el gas de ese día.",
    Refusal.METER_NO_FORMER: "Es el primer medidor del punto aquí: deje vacío el último índice del anterior.",
    Refusal.METER_DAY: "El punto no tiene servicio ese día, o el día está por venir.",
    Refusal.METER_DAY_BEFORE: "El medidor vigente está desde el {day}: el cambio va después de ese día.",
    Refusal.METER_DAY_CLOSED: "El mes de ese día está cerrado: registre el cambio desde un día de un mes abierto.",
    Refusal.METER_DAY_READ: (
        "Ya hay un índice tomado el {day} con el medidor de antes. Registre el cambio desde un día posterior, o "
        "escriba primero ese día como volumen."
    ),
    Refusal.METER_MISSING: "El punto no tiene un medidor registrado ese día: regístrelo, o escriba el volumen.",
    Refusal.INDEX_MISSING: (
        "Falta el índice del {day}, del que se cuenta. Escríbalo primero en la hoja de ese día, o el volumen aquí."
    ),
    Refusal.INDEX_FELL: (
        "El índice bajó de {before} a {now}, y no porque el medidor volviera a cero. Revise las cifras, o registre el "
        "cambio de medidor."
    ),
    Refusal.INDEX_ABOVE_NEXT: "El índice del {day} es {next}, menor que este. Revise cuál de los dos está mal.",
    Refusal.REASON_TOO_LONG: "La nota tiene más de {most} caracteres: acórtela.",
}


def spoken(refused: Rejected) -> Rejected:
    """Turn the days and quantities of a refusal into words, with every decimal of an index."""
    return say_facts(refused, say_quantity=exact)

"""Consent given when registering (Ley 1581 of 2012, Decreto 1074 of 2015)."""

from __future__ import annotations

from .distributor import Distributor

# Stored with each consent. Raise it with every change of the text; git keeps the old text, and the audit the changes of
# the distributor that it names.
CONSENT_VERSION = "2026-11"

# Paragraphs: who, which data and purposes, rights, how to use them (article 12 of the law).
_TEXT = (
    (
        "Autorizo a {distributor.legal_name} (NIT {distributor.nit}), responsable del tratamiento, a recolectar, "
        "guardar y usar mi nombre, mi correo, la empresa para la que trabajo y el registro de lo que hago en "
        "este portal."
    ),
    (
        "Para qué: crear y proteger mi cuenta, mostrar las cuentas de balance, recibir y probar las nominaciones, "
        "avisarme de ellas y cumplir los deberes que la ley impone a la empresa. Para nada más, y sin entregarlos a "
        "terceros, salvo a la autoridad que los pida con derecho."
    ),
    (
        "Mis derechos: conocer, actualizar y rectificar mis datos, pedir prueba de esta autorización, saber qué uso "
        "se les da, revocarla o pedir que se supriman cuando ningún deber legal o contractual lo impida, y quejarme "
        "ante la Superintendencia de Industria y Comercio."
    ),
    "Cómo los ejerzo: por el PBX {distributor.telephone} o en la {distributor.place_within}.",
)


def consent_text(distributor: Distributor) -> tuple[str, ...]:
    """Return the paragraphs of the authorisation that ``distributor`` asks for."""
    return tuple([paragraph.format(distributor=distributor) for paragraph in _TEXT])

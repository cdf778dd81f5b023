"""What a person agrees to when registering: the authorisation of Ley 1581 of 2012 and Decreto 1074 of 2015."""

from __future__ import annotations

# Kept with each consent; a change of the text is a new version, and the old text stays in the history of this file.
CONSENT_VERSION = "2026-11"

# Paragraphs, in their order: who, which data and what for, rights, how to use them (article 12 of the law).
CONSENT_TEXT = (
    (
        "Autorizo a Llanogas S.A. E.S.P. BIC (NIT 800021272-9), responsable del tratamiento, a recolectar, guardar y "
        "usar mi nombre, mi correo, la empresa para la que trabajo y el registro de lo que hago en este portal."
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
    (
        "Cómo los ejerzo: por el PBX (608) 681 9130 o en la calle 34 A N.º 34-29, Torre 1, barrio Barzal, "
        "Villavicencio, Meta."
    ),
)

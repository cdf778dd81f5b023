"""The guide's steps, told for this portal; the numbers are those of the printed guide."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, and the endpoint of the page where it is done."""

    numbers: str
    title: str
    text: str
    endpoint: str | None = None


STEPS = (
    Step(
        "1–3",
        "Entre al portal",
        "Su dirección está en la página de Llanogas, al pie: «Clientes no regulados». La "
        "portada muestra el próximo cierre y los dos accesos.",
        "market.home",
    ),
    Step(
        "4–7",
        "Regístrese o ingrese",
        "Con su correo y una contraseña larga. La primera vez confirme el correo con el enlace que le enviamos.",
        "login.sign_in",
    ),
    Step(
        "8–9",
        "Elija la modalidad",
        "GNV con contrato de suministro, GNV con contrato ATR o industrial, según su contrato.",
        "modalities.balances",
    ),
    Step(
        "10",
        "Escriba la clave web",
        "Es la primera clave de la carta que recibió. Se pide una vez por sesión y sirve "
        "para consultar y para nominar.",
    ),
    Step(
        "11–12",
        "Abra su EDS o empresa",
        "Verá los puntos de entrega de su contrato. La clave numérica, la segunda de "
        "la carta, abre la cuenta de balance del punto.",
    ),
    Step(
        "13–14",
        "Lea la cuenta de balance",
        "Nominado, autorizado, consumido y desbalance de cada día. Los selectores "
        "amarillos de mes y año llevan hasta diciembre de 2014.",
    ),
    Step(
        "15–18",
        "Empiece una nominación",
        "En «Nominación», con la misma clave web, oprima «Nominar» y elija la EDS o empresa.",
        "modalities.nominations",
    ),
    Step(
        "19–20",
        "Tipo y día de gas",
        "Nominación para un día futuro, o re-nominación para cambiar el total de un día ya "
        "nominado. El calendario muestra los días abiertos.",
    ),
    Step(
        "21",
        "Cantidad",
        "El total del día en la unidad de su punto, m³ o MBTU. Punto para los miles, coma para los decimales.",
    ),
    Step(
        "22–23",
        "Revise y firme",
        "La última página muestra lo que se firma. El código de seguridad es la misma clave "
        "numérica; si no coincide, el portal lo dice y cuenta el intento.",
    ),
    Step("24", "Guarde el comprobante", "Lleva radicado y hora de llegada. Desde allí puede nominar otro día."),
)

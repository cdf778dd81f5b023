"""Public pages as the search finds them: what each is about, in the words that people look for it with."""

from __future__ import annotations

from collections.abc import Iterator

from portal.domain.distributor import Distributor
from portal.domain.passages import Passage, PassageKind

_PAGES = (
    (
        "Tarifas",
        "Cuánto cuesta el gas: precio, valor o costo del m³ y cargo fijo en cada mercado y municipio, con su fórmula.",
        "/tarifas",
    ),
    (
        "Calculadora de tarifas",
        "Cuánto se paga por un consumo de gas: cargo fijo, variable, subsidio y contribución de un mes.",
        "/tarifas/calculadora",
    ),
    (
        "Calendario",
        "Hasta cuándo se nomina hoy y cada día: hora del cierre o plazo de cada modalidad, festivos y trabajos.",
        "/calendario",
    ),
    (
        "Poder calorífico",
        "Valor de cada día y punto de salida, y el convertidor entre m³, MBTU y KPC.",
        "/poder-calorifico",
    ),
    ("Nominación", "Nominar o re-nominar un punto: pedir el gas de un día.", "/nominacion"),
    (
        "Cuentas de balance",
        "Consultar lo nominado, autorizado, consumido y el desbalance de cada día.",
        "/cuentas-de-balance",
    ),
    (
        "Peticiones, quejas, reclamos y recursos (PQR)",
        "Presentar una petición, queja o reclamo, y consultar su estado por número de radicado.",
        "/pqr",
    ),
    (
        "Privacidad y datos personales",
        "Qué datos se guardan y cómo pedir que se corrijan o supriman.",
        "/privacidad",
    ),
)


def list_passages(distributor: Distributor) -> Iterator[Passage]:
    """Yield the pages with what they are about, and the emergency line."""
    for title, text, path in _PAGES:
        yield Passage(PassageKind.PAGE, title, text, path)
    yield Passage(
        PassageKind.PAGE,
        f"Línea de emergencias {distributor.emergency_line}",
        "Fuga, escape u olor a gas, incendio o cualquier emergencia: llame a toda hora.",
        "/",
    )

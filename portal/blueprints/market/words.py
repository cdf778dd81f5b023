"""Spanish words of the tariffs and their calculator."""

from __future__ import annotations

from portal.domain.quantities import QuantityProblem
from portal.domain.tariffs import Concept, LineKind, Use

# Shown apart, in this order: what is paid once, when it happens.
OTHER_CHARGES = (Concept.CONNECTION, Concept.SUSPENSION, Concept.REINSTALLATION, Concept.EXCHANGE_RATE)
BY_ROAD = (Concept.COMPRESSION, Concept.STORAGE)

USE_WORDS = {
    Use.STRATUM_1: "Residencial, estrato 1",
    Use.STRATUM_2: "Residencial, estrato 2",
    Use.STRATUM_3: "Residencial, estrato 3",
    Use.STRATUM_4: "Residencial, estrato 4",
    Use.STRATUM_5: "Residencial, estrato 5",
    Use.STRATUM_6: "Residencial, estrato 6",
    Use.COMMERCIAL: "Comercial",
    Use.INDUSTRIAL: "Industrial",
    Use.VEHICULAR: "Vehicular (comercializador de GNV)",
}
LINE_WORDS = {
    LineKind.FIXED: "Cargo fijo",
    LineKind.CONSUMED: "Consumo",
    LineKind.SUBSIDISED: "Consumo con subsidio, al costo de prestación",
    LineKind.SUBSIDY: "Subsidio",
    LineKind.FIXED_CONTRIBUTION: "Contribución sobre el cargo fijo",
    LineKind.VARIABLE_CONTRIBUTION: "Contribución sobre el cargo variable",
    LineKind.NETWORK: "Uso de la red de distribución",
}
CONSUMPTION_PROBLEMS = {
    QuantityProblem.EMPTY: "Escriba el consumo del mes en m³, por ejemplo 18 o 60,5.",
    QuantityProblem.NOT_A_NUMBER: "«{typed}» no es una cantidad de m³. Escriba solo cifras, por ejemplo 18 o 60,5.",
    QuantityProblem.OTHER_UNIT: "«{typed}» está en otra unidad: aquí va el consumo en m³.",
    QuantityProblem.AMBIGUOUS: "«{typed}» se puede leer de dos maneras: punto para los miles, coma para los decimales.",
    QuantityProblem.NEGATIVE: "«{typed}» es menos que cero: el consumo de un mes es 0 m³ o más.",
    QuantityProblem.TOO_MANY_DECIMALS: "«{typed}» tiene más de tres decimales: el medidor no mide más fino.",
    QuantityProblem.TOO_LARGE: "«{typed}» pasa de {most} m³, más de lo que un usuario consume en un mes.",
}
CONVERTER_PROBLEMS = {
    QuantityProblem.EMPTY: "Escriba la cantidad, por ejemplo 12.500 o 1,5.",
    QuantityProblem.NOT_A_NUMBER: "«{typed}» no es una cantidad. Escriba solo cifras, por ejemplo 12.500 o 1,5.",
    QuantityProblem.OTHER_UNIT: "Escriba «{typed}» sin la unidad: se elige aparte.",
    QuantityProblem.AMBIGUOUS: "«{typed}» se puede leer de dos maneras: punto para los miles, coma para los decimales.",
    QuantityProblem.NEGATIVE: "«{typed}» es menos que cero.",
    QuantityProblem.TOO_MANY_DECIMALS: "«{typed}» tiene más de seis decimales.",
    QuantityProblem.TOO_LARGE: "«{typed}» pasa de {most}, lo más que se convierte aquí.",
}

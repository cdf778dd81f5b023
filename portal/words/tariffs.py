"""Spanish words of tariffs: their figures, rules, states, and the flaws of a file of them."""

from __future__ import annotations

from portal.domain.tariffs import Concept, Flaw, PublicationState, Rule

CONCEPT_WORDS = {
    Concept.TITLE: "nombre de la publicación",
    Concept.NIT: "NIT del distribuidor",
    Concept.GAS: "compra de gas (Gm)",
    Concept.COMPRESSION: "compresión del gas que va por carretera",
    Concept.STORAGE: "almacenamiento del gas que va por carretera",
    Concept.RELIABILITY: "confiabilidad (Cc)",
    Concept.VEHICULAR: "distribución para comercializadores de gas natural comprimido vehicular",
    Concept.EXCHANGE_RATE: "TRM del último día del mes anterior",
    Concept.SUSPENSION: "suspensión y reconexión",
    Concept.CONNECTION: "conexión",
    Concept.REINSTALLATION: "corte y reinstalación de la acometida",
    Concept.RESIDENTIAL_CONTRIBUTION: "contribución de los estratos 5 y 6",
    Concept.OTHER_CONTRIBUTION: "contribución de comercio e industria",
    Concept.SUBSIDISED_CONSUMPTION: "consumo con subsidio, al mes",
    Concept.TOWN: "municipio",
    Concept.RESOLUTION: "resolución que aprueba los cargos",
    Concept.DISTRIBUTION: "cargo promedio de distribución (Dm)",
    Concept.SUBSIDISED_DISTRIBUTION: "cargo de distribución subsidiado (Dm subsidiado)",
    Concept.TRADE: "comercialización (Cm)",
    Concept.TRANSPORT: "transporte en total (Tm)",
    Concept.ROAD: "transporte por carretera (TVm)",
    Concept.LOSSES: "pérdidas reconocidas (p)",
    Concept.COST: "costo de prestación",
    Concept.SUBSIDY: "subsidio",
    Concept.OPTION: "cargo variable de la opción tarifaria",
    Concept.FIXED: "cargo fijo",
    Concept.VARIABLE: "cargo variable (CUv)",
    Concept.FULL_DISTRIBUTION: "cargo de distribución pleno (Dm pleno)",
    Concept.VARIABLE_TRADE: "comercialización variable (Cv)",
}
RULE_WORDS = {
    Rule.GENERAL: "fórmula general (Resolución CREG 137 de 2013)",
    Rule.OPTION: "opción tarifaria (Resolución CREG 048 de 2020)",
}
PUBLICATION_WORDS = {
    PublicationState.PROPOSED: "propuesta",
    PublicationState.PUBLISHED: "publicada",
    PublicationState.REJECTED: "no aceptada",
}
# After the name of the figure; with the values that were expected and found, as written in Colombia.
FLAW_WORDS = {
    Flaw.TWICE: "está dos veces",
    Flaw.MISSING: "falta",
    Flaw.NO_RANGE: "falta en todos los rangos",
    Flaw.GAP: "el rango empieza en {found} m³ y el anterior llega hasta antes de {expected} m³: queda un hueco",
    Flaw.OVERLAP: "el rango empieza en {found} m³, que ya están en el rango anterior",
    Flaw.OPEN_END: "el último rango termina en {found} m³: debe quedar abierto, sin «hasta»",
    Flaw.FORMULA: "dice {found} y la fórmula da {expected}",
    Flaw.FIXED_DIFFERS: "dice {found} y la comercialización (Cm) del mercado es {expected}",
    Flaw.NEGATIVE: "dice {found}, menos que cero",
    Flaw.PER_CENT: "dice {found} %, que no puede ser",
}

"""A second, fictitious distributor: the demonstration with another name, colours and numbers."""

from __future__ import annotations

from collections.abc import Mapping

from portal.domain.distributor import Colours, Distributor

PARAMO = Distributor(
    name="Gaspáramo",
    legal_name="Gas del Páramo S.A. E.S.P.",
    nit="901555031-9",
    telephone="(601) 555 0142",
    emergency_line="164 – (601) 5550164",
    address="Carrera 9 N.º 20-45, piso 3",
    city="Tunja",
    department="Boyacá",
    website="https://www.gasparamo.example",
    privacy_email="datos@gasparamo.example",
    nomination_series="GP",
    case_series="GPQ",
    statement_series="GPE",
    token_prefix="gasparamo_",  # noqa: S106
    guessable=("paramo",),
    colours=Colours(
        brand="#6a2c70",
        brand_strong="#4c1d52",
        brand_tint="#f5ebf6",
        dark_brand="#d9a5df",
        dark_brand_strong="#ecc9f0",
        dark_brand_tint="#33203a",
    ),
)
# By the name used in commands.
DISTRIBUTORS: Mapping[str, Distributor] = {"gasparamo": PARAMO}

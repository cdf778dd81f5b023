"""The distributor that the migration writes, and the second one, in which nothing of the first may show."""

from __future__ import annotations

import re

from portal.domain.distributor import Distributor
from portal.services.demo.distributors import PARAMO

FIRST = Distributor(
    name="Llanogas",
    legal_name="Llanogas S.A. E.S.P. BIC",
    nit="800021272-9",
    telephone="(608) 681 9130",
    emergency_line="164 – (608) 6819077",
    address="Calle 34 A N.º 34-29, Torre 1, barrio Barzal",
    city="Villavicencio",
    department="Meta",
    website="https://www.llanogas.com",
    privacy_email="protecciondedatosllanogas@grupodellano.com",
    nomination_series="N",
    case_series="PQR",
    statement_series="CB",
    token_prefix="llanogas_",
    guessable=("gasesdelllano", "llano"),
)
SECOND = PARAMO
# Whatever of the first distributor stands in a text: its names, NIT, telephones, streets, sites.
BRAND = re.compile(
    r"llanogas|grupodellano|gasesdelllano|800\.?021\.?272|\(?608\)? ?681|6086819|6819077|Calle 34 A|barrio Barzal",
    re.IGNORECASE,
)

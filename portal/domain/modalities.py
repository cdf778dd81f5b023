"""The modalities of a contract (guide steps 8 and 9)."""

from __future__ import annotations

from enum import StrEnum


class Modality(StrEnum):
    """Modality of a contract; the value is stored and appears in URLs.

    Vehicular gas (GNV) bought from the distributor; vehicular gas of another supplier carried over its network (ATR,
    acceso de terceros a la red); gas of an industrial plant.
    """

    GNV_SUPPLY = "gnv-suministro"
    GNV_ATR = "gnv-atr"
    INDUSTRIAL = "industrial"


class DeliveryPointKind(StrEnum):
    """An EDS (estación de servicio of vehicular gas) or an industrial plant."""

    STATION = "EDS"
    PLANT = "PLANTA"

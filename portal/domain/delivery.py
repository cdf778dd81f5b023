"""Kinds of delivery point."""

from __future__ import annotations

from enum import StrEnum


class DeliveryPointKind(StrEnum):
    """An EDS (estación de servicio of vehicular gas) or an industrial plant."""

    STATION = "EDS"
    PLANT = "PLANTA"

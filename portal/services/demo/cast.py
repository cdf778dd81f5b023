"""Cast of the demonstration. Every name is made up; the NITs lie far above those issued so far."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import sha256

from portal.domain.accounts import CONSOLE_ROLES, Role
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import Unit

STATION, PLANT = DeliveryPointKind.STATION, DeliveryPointKind.PLANT


@dataclass(frozen=True, slots=True)
class Account:
    """A person who can sign in at once."""

    role: Role
    name: str
    email: str
    password: str

    @property
    def totp_secret(self) -> str | None:
        """The secret of the second factor, always the same, for the roles of the consoles; None for a customer."""
        if self.role not in CONSOLE_ROLES:
            return None
        # As long as a real one; readers of this file know it, and only development loads it.
        return b32encode(sha256(f"portal demonstration {self.email}".encode()).digest()[:20]).decode()


@dataclass(frozen=True, slots=True)
class Gate:
    """A city gate of the transport system."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Point:
    """A station (EDS) or a plant: its place, its consumption on a working day of 2014, m³, and its growth since."""

    name: str
    town: str
    gate: str
    base_m3: int
    growth_percent: float
    since: str = "2014-12-01"
    rhythm: str = "station"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A contract of a company in one modality."""

    company: str
    modality: Modality
    unit: Unit
    points: tuple[Point, ...]
    supplier: str | None = None
    # Months since it ended: its points can be viewed, and not nominated.
    ended_months_ago: int | None = None
    maximum_blocks: bool = False
    # A closed month found wrong is restated; False posts the difference as an adjustment.
    restates: bool = False

    @property
    def kind(self) -> DeliveryPointKind:
        """The kind of its points."""
        return PLANT if self.modality is Modality.INDUSTRIAL else STATION


@dataclass(frozen=True, slots=True)
class Cast:
    """All people and things that the demonstration begins with."""

    gates: tuple[Gate, ...]
    agreements: tuple[Agreement, ...]
    accounts: tuple[Account, ...] = field(repr=False)


GATES = (
    Gate("PS-LOMA", "Puerta de ciudad Loma del Venado"),
    Gate("PS-CANO", "Puerta de ciudad Caño Guarumo"),
    Gate("PS-MATA", "Puerta de ciudad Mata de Yopo"),
    Gate("PS-ALTO", "Puerta de ciudad Alto del Turpial"),
)

AGREEMENTS = (
    Agreement(
        "Combustibles El Morichal S.A.S.",
        Modality.GNV_SUPPLY,
        Unit.M3,
        (
            Point("EDS El Morichal", "Villavicencio", "PS-LOMA", 7_400, 2.1),
            Point("EDS Brisas del Guatiquía", "Villavicencio", "PS-LOMA", 5_900, 1.4),
            Point("EDS La Vega del Ocoa", "Villavicencio", "PS-CANO", 8_800, 2.6),
            Point("EDS Sabana Nueva", "Acacías", "PS-CANO", 4_300, 3.2, since="2017-03-01"),
        ),
    ),
    Agreement(
        "GNV Piedemonte Verde S.A.S.",
        Modality.GNV_SUPPLY,
        Unit.MBTU,
        (
            Point("EDS Piedemonte Centro", "Villavicencio", "PS-LOMA", 6_700, 1.8),
            Point("EDS Piedemonte Sur", "Acacías", "PS-CANO", 5_200, 2.4),
            Point("EDS Piedemonte Granada", "Granada", "PS-MATA", 3_900, 2.9, since="2019-08-15"),
        ),
        maximum_blocks=True,
    ),
    Agreement(
        "Servicentros La Garza Real S.A.S.",
        Modality.GNV_SUPPLY,
        Unit.M3,
        (
            Point("EDS La Garza", "Granada", "PS-MATA", 4_800, 1.9),
            Point("EDS El Samán", "Puerto López", "PS-ALTO", 3_600, 2.2),
        ),
    ),
    Agreement(
        "Combustibles El Morichal S.A.S.",
        Modality.GNV_ATR,
        Unit.MBTU,
        (
            Point("EDS Morichal Norte", "Villavicencio", "PS-LOMA", 9_300, 2.3),
            Point("EDS Morichal Llano Alto", "Villavicencio", "PS-CANO", 6_100, 1.7),
        ),
        supplier="Comercializadora Corocora Gas S.A.S.",
    ),
    Agreement(
        "Transportadores del Alcaraván S.A.",
        Modality.GNV_ATR,
        Unit.M3,
        (
            Point("EDS Alcaraván Terminal", "Villavicencio", "PS-LOMA", 10_400, 1.6),
            Point("EDS Alcaraván Porfía", "Villavicencio", "PS-CANO", 7_900, 2.0),
            Point("EDS Alcaraván Acacías", "Acacías", "PS-CANO", 5_500, 2.8, since="2021-02-01"),
        ),
        supplier="Gas de Origen Casanareño S.A. E.S.P.",
        restates=True,
    ),
    Agreement(
        "Estaciones Vuelta Larga S.A.S.",
        Modality.GNV_ATR,
        Unit.MBTU,
        (
            Point("EDS Vuelta Larga", "San Martín", "PS-MATA", 4_100, 2.5),
            Point("EDS Laguna Clara", "Puerto López", "PS-ALTO", 3_300, 3.0),
        ),
        supplier="Comercializadora Corocora Gas S.A.S.",
    ),
    Agreement(
        "Aceites del Humea Alto S.A.",
        Modality.INDUSTRIAL,
        Unit.MBTU,
        (
            Point("Planta extractora El Cumare", "Cumaral", "PS-ALTO", 21_000, 1.2, rhythm="palm"),
            Point("Refinería El Cumare", "Cumaral", "PS-ALTO", 14_500, 2.0, rhythm="steady"),
            Point("Planta de jabones La Palmita", "Villavicencio", "PS-LOMA", 6_800, 1.1, "2018-06-01", "plant"),
        ),
    ),
    Agreement(
        "Molinos La Cachamera S.A.S.",
        Modality.INDUSTRIAL,
        Unit.M3,
        (
            Point("Molino La Cachamera", "Granada", "PS-MATA", 17_200, 1.5, rhythm="rice"),
            Point("Secadora El Congrio", "San Martín", "PS-MATA", 9_600, 1.8, rhythm="rice"),
            Point("Empaque La Cachamera", "Acacías", "PS-CANO", 3_400, 0.9, "2020-01-15", "plant"),
        ),
    ),
    Agreement(
        "Lácteos Vereda Linda S.A.S.",
        Modality.INDUSTRIAL,
        Unit.M3,
        (Point("Pasteurizadora Vereda Linda", "Villavicencio", "PS-CANO", 5_700, 2.4, rhythm="steady"),),
    ),
    Agreement(
        "Ladrillera Tierra Roja S.A.S.",
        Modality.INDUSTRIAL,
        Unit.MBTU,
        (Point("Horno Tierra Roja", "Restrepo", "PS-ALTO", 8_200, 0.4, rhythm="plant"),),
        ended_months_ago=3,
    ),
)

ACCOUNTS = (
    Account(Role.CUSTOMER, "Marcela Rincón Ávila", "marcela.rincon@example.com", "sombrero-de-paja-y-canoa-47"),
    Account(Role.CUSTOMER, "Jairo Umaña Prieto", "jairo.umana@example.com", "cuatro-toros-bajo-el-aguacero"),
    Account(Role.OPERATOR, "Sandra Milena Otálora", "operaciones@example.com", "tambor-y-maracas-al-anochecer"),
    Account(Role.SUPERVISOR, "Hernán Darío Cubides", "supervision@example.com", "el-rio-crece-despacio-en-mayo"),
    Account(Role.AGENT, "Yuly Paola Garavito", "llamadas@example.com", "mamona-con-yuca-los-domingos"),
    Account(Role.AUDITOR, "Esteban Quevedo Lara", "auditoria@example.com", "tres-garzas-cruzan-la-laguna"),
    Account(Role.ADMIN, "Nubia Esperanza Riaño", "administracion@example.com", "caballo-bayo-sin-silla-ni-freno"),
)

CAST = Cast(GATES, AGREEMENTS, ACCOUNTS)

"""Companies, contracts, exit points and delivery points."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, Integer, String, UniqueConstraint, event, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.domain.balance import LateTreatment
from portal.domain.codes import print_nit
from portal.domain.gas_day import GasDay
from portal.domain.modalities import DeliveryPointKind, Modality
from portal.domain.quantities import Quantity, Unit
from portal.domain.searched import LONGEST, search_text
from portal.domain.successions import SuccessionKind

from .base import Base, RowId, WholeNumber
from .types import GasDayDate, UtcMoment, Word, one_of


class Company(Base):
    """Non-regulated customer: the legal person that signs contracts."""

    __tablename__ = "companies"

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    nit: Mapped[str] = mapped_column(String(12), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    sort_name: Mapped[str] = mapped_column(String(120))
    search_text: Mapped[str] = mapped_column(String(LONGEST))
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_email: Mapped[str | None] = mapped_column(String(254))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    # Postal address of letters.
    address: Mapped[str | None] = mapped_column(String(200))
    city: Mapped[str | None] = mapped_column(String(80))
    ended_on: Mapped[GasDay | None] = mapped_column(GasDayDate)
    created_at: Mapped[datetime] = mapped_column(UtcMoment)

    contracts: Mapped[list[Contract]] = relationship(back_populates="company", lazy="raise")


class ExitPoint(Base):
    """City gate of the transport system, where the distributor takes the gas."""

    __tablename__ = "exit_points"

    id: Mapped[RowId]
    code: Mapped[str] = mapped_column(String(20), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    search_text: Mapped[str] = mapped_column(String(LONGEST))
    ended_on: Mapped[GasDay | None] = mapped_column(GasDayDate)

    delivery_points: Mapped[list[DeliveryPoint]] = relationship(back_populates="exit_point", lazy="raise")


class Contract(Base):
    """Company in one modality: unit, daily maximum, tolerance, validity; supplier when ATR."""

    __tablename__ = "contracts"
    __table_args__ = (
        CheckConstraint(one_of("modality", Modality), name="modality"),
        CheckConstraint(one_of("unit", Unit), name="unit"),
        CheckConstraint("maximum_micro > 0", name="maximum_positive"),
        CheckConstraint("tolerance_basis_points BETWEEN 0 AND 10000", name="tolerance_range"),
        CheckConstraint("(modality = 'gnv-atr') = (supplier_name IS NOT NULL)", name="supplier_when_atr"),
        CheckConstraint("ends_on IS NULL OR ends_on > starts_on", name="validity"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    company_id: Mapped[int] = mapped_column(ForeignKey("companies.id"), index=True)
    number: Mapped[str] = mapped_column(String(40), unique=True)
    search_text: Mapped[str] = mapped_column(String(LONGEST))
    modality: Mapped[Modality] = mapped_column(Word(Modality))
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    maximum_micro: Mapped[int] = mapped_column(WholeNumber)
    maximum_blocks: Mapped[bool] = mapped_column(Boolean, default=False)
    tolerance_basis_points: Mapped[int] = mapped_column(Integer, default=500)
    # Treatment of late corrections: an adjustment in the open month, or a restatement of the closed one.
    restates_closed_months: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    supplier_name: Mapped[str | None] = mapped_column(String(120))
    starts_on: Mapped[GasDay] = mapped_column(GasDayDate)
    ends_on: Mapped[GasDay | None] = mapped_column(GasDayDate)

    company: Mapped[Company] = relationship(back_populates="contracts", lazy="joined", innerjoin=True)
    delivery_points: Mapped[list[DeliveryPoint]] = relationship(back_populates="contract", lazy="raise")

    @property
    def signed_maximum(self) -> Quantity:
        """Maximum of all points together in one gas day as signed, in the contract's unit.

        That of a day is ``settings.Known.maximum`` (adr/0143).
        """
        return Quantity.from_micro(self.maximum_micro, self.unit)

    @property
    def late_treatment(self) -> LateTreatment:
        """Treatment of a correction of a closed month."""
        return LateTreatment.RESTATEMENT if self.restates_closed_months else LateTreatment.ADJUSTMENT

    def in_force_on(self, day: GasDay) -> bool:
        """Tell whether ``day`` lies inside the validity; the last day is excluded."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


class DeliveryPoint(Base):
    """EDS or industrial plant: one contract, one city-gate exit point."""

    __tablename__ = "delivery_points"
    __table_args__ = (
        CheckConstraint(one_of("kind", DeliveryPointKind), name="kind"),
        CheckConstraint(one_of("unit", Unit), name="unit"),
        # A code, and a name in its contract, may pass on to another row: two rows never share a gas day (adr 0101).
        UniqueConstraint("carrier_code", "starts_on"),
        UniqueConstraint("contract_id", "name", "starts_on"),
        # The order of the long lists; the validities of all points without their rows.
        Index("ix_delivery_points_sort_name", "sort_name", "id"),
        Index("ix_delivery_points_starts_on_ends_on", "starts_on", "ends_on"),
    )

    id: Mapped[RowId]
    public_id: Mapped[str] = mapped_column(String(16), unique=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contracts.id"), index=True)
    exit_point_id: Mapped[int] = mapped_column(ForeignKey("exit_points.id"), index=True)
    kind: Mapped[DeliveryPointKind] = mapped_column(Word(DeliveryPointKind))
    name: Mapped[str] = mapped_column(String(120))
    sort_name: Mapped[str] = mapped_column(String(120))
    search_text: Mapped[str] = mapped_column(String(LONGEST))
    unit: Mapped[Unit] = mapped_column(Word(Unit))
    carrier_code: Mapped[str] = mapped_column(String(20))
    municipality: Mapped[str] = mapped_column(String(60))
    # Weights of the 24 hours, whole numbers separated by commas; None means even flow.
    hourly_profile: Mapped[str | None] = mapped_column(String(200))
    # Of the station itself; where one is blank, that of its company is shown (services/points/stations.py).
    contact_name: Mapped[str | None] = mapped_column(String(120))
    contact_phone: Mapped[str | None] = mapped_column(String(40))
    address: Mapped[str | None] = mapped_column(String(200))
    shift_hours: Mapped[str | None] = mapped_column(String(120))
    starts_on: Mapped[GasDay] = mapped_column(GasDayDate)
    ends_on: Mapped[GasDay | None] = mapped_column(GasDayDate)
    # First gas day whose readings are of another point's account (adr/0135); never before the end.
    handed_on: Mapped[GasDay | None] = mapped_column(GasDayDate)

    contract: Mapped[Contract] = relationship(back_populates="delivery_points", lazy="joined", innerjoin=True)
    exit_point: Mapped[ExitPoint] = relationship(back_populates="delivery_points", lazy="joined", innerjoin=True)

    def in_force_on(self, day: GasDay) -> bool:
        """Tell whether gas is delivered here on ``day`` under the contract; the last day of either is excluded."""
        begun = self.starts_on <= day and (self.ends_on is None or day < self.ends_on)
        return begun and self.contract.in_force_on(day)


# The searched text follows the row, however it is written.
@event.listens_for(Company, "before_insert")
@event.listens_for(Company, "before_update")
def _of_company(_mapper: object, _connection: object, row: Company) -> None:
    contact = (row.contact_name, row.contact_email)
    row.search_text = search_text(row.name, row.city, *contact, codes=(row.nit, print_nit(row.nit)))


@event.listens_for(Contract, "before_insert")
@event.listens_for(Contract, "before_update")
def _of_contract(_mapper: object, _connection: object, row: Contract) -> None:
    row.search_text = search_text(row.supplier_name, row.modality, codes=(row.number,))


@event.listens_for(DeliveryPoint, "before_insert")
@event.listens_for(DeliveryPoint, "before_update")
def _of_point(_mapper: object, _connection: object, row: DeliveryPoint) -> None:
    codes = (row.carrier_code, row.contact_phone) if row.contact_phone else (row.carrier_code,)
    row.search_text = search_text(row.kind, row.name, row.municipality, row.contact_name, codes=codes)


@event.listens_for(ExitPoint, "before_insert")
@event.listens_for(ExitPoint, "before_update")
def _of_exit_point(_mapper: object, _connection: object, row: ExitPoint) -> None:
    row.search_text = search_text(row.name, codes=(row.code,))


class PointSuccession(Base):
    """Point ``after`` goes on from ``before`` on a gas day; ``carries`` its balance too. Append-only (adr/0135)."""

    __tablename__ = "point_successions"
    __table_args__ = (
        CheckConstraint(one_of("kind", SuccessionKind), name="kind"),
        CheckConstraint("before_id <> after_id", name="two_points"),
        UniqueConstraint("before_id", "after_id", "gas_day"),
    )

    id: Mapped[RowId]
    before_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    after_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"), index=True)
    gas_day: Mapped[GasDay] = mapped_column(GasDayDate)
    kind: Mapped[SuccessionKind] = mapped_column(Word(SuccessionKind))
    carries: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(String(300))
    recorded_at: Mapped[datetime] = mapped_column(UtcMoment)
    recorded_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))


class SeasonalPattern(Base):
    """Months in which a point takes more or less gas than usual; append-only versions.

    ``months`` are numbers of months in order, joined by commas; empty when the pattern is withdrawn.
    """

    __tablename__ = "seasonal_patterns"
    __table_args__ = (UniqueConstraint("delivery_point_id", "version"),)

    id: Mapped[RowId]
    delivery_point_id: Mapped[int] = mapped_column(ForeignKey("delivery_points.id"))
    version: Mapped[int] = mapped_column(Integer)
    months: Mapped[str] = mapped_column(String(30))
    note: Mapped[str] = mapped_column(String(500))
    declared_at: Mapped[datetime] = mapped_column(UtcMoment)
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))

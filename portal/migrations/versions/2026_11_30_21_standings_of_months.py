"""Keep in each month what the overview of all points is ordered by (adr/0129)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "c5e20b7a9d14"
down_revision = "c95e10b7f3d4"
branch_labels = None
depends_on = None

# Judged in the unit of the point, by the contract's tolerance of the month, in whole millionths.
COUNT = """
UPDATE monthly_balances SET days_out = (
  SELECT count(*)
  FROM daily_balances d
  JOIN delivery_points p ON p.id = d.delivery_point_id
  JOIN contracts c ON c.id = p.contract_id
  WHERE d.delivery_point_id = monthly_balances.delivery_point_id
    AND d.gas_day >= :first AND d.gas_day < :after AND d.consumed_m3 IS NOT NULL
    AND CASE p.unit WHEN 'm3' THEN coalesce(d.authorised_m3, d.nominated_m3, 0)
        ELSE coalesce(d.authorised_mbtu, d.nominated_mbtu, 0) END > 0
    AND CASE p.unit WHEN 'm3' THEN abs(d.consumed_m3 - coalesce(d.authorised_m3, d.nominated_m3, 0))
        ELSE abs(d.consumed_mbtu - coalesce(d.authorised_mbtu, d.nominated_mbtu, 0)) END * 10000
      > CASE p.unit WHEN 'm3' THEN coalesce(d.authorised_m3, d.nominated_m3, 0)
        ELSE coalesce(d.authorised_mbtu, d.nominated_mbtu, 0) END
      * coalesce(
        (SELECT CAST(s.value AS INTEGER) FROM setting_rows s
         WHERE s.name = 'tolerance' AND s.contract_id = c.id AND s.valid_from <= :first
         ORDER BY s.valid_from DESC, s.id DESC LIMIT 1),
        c.tolerance_basis_points)
)
WHERE month = :first
"""


LAST_DAY = """
UPDATE monthly_balances SET last_measured_on = (
  SELECT max(d.gas_day) FROM daily_balances d
  WHERE d.delivery_point_id = monthly_balances.delivery_point_id
    AND d.gas_day >= :first AND d.gas_day < :after AND d.consumed_m3 IS NOT NULL
)
WHERE month = :first
"""
LAST_IMBALANCE = """
UPDATE monthly_balances SET
  last_imbalance_m3 = (
    SELECT coalesce(d.authorised_m3, d.nominated_m3, 0) - d.consumed_m3 FROM daily_balances d
    WHERE d.delivery_point_id = monthly_balances.delivery_point_id AND d.gas_day = monthly_balances.last_measured_on),
  last_imbalance_mbtu = (
    SELECT coalesce(d.authorised_mbtu, d.nominated_mbtu, 0) - d.consumed_mbtu FROM daily_balances d
    WHERE d.delivery_point_id = monthly_balances.delivery_point_id AND d.gas_day = monthly_balances.last_measured_on)
WHERE month = :first AND last_measured_on IS NOT NULL
"""
# As `compute_strain`: whole percent of the band, whole numbers all the way.
STRAIN = """
UPDATE monthly_balances SET strain = (
  SELECT CASE WHEN s.imbalance = 0 THEN 0 WHEN s.band <= 0 THEN 999999999
    WHEN abs(s.imbalance) * 100 / s.band > 999999999 THEN 999999999 ELSE abs(s.imbalance) * 100 / s.band END
  FROM (
    SELECT
      CASE p.unit WHEN 'm3' THEN monthly_balances.imbalance_m3 ELSE monthly_balances.imbalance_mbtu END AS imbalance,
      CASE p.unit WHEN 'm3' THEN monthly_balances.consumed_m3 + monthly_balances.imbalance_m3
        ELSE monthly_balances.consumed_mbtu + monthly_balances.imbalance_mbtu END / 10000
      * coalesce(
        (SELECT CAST(r.value AS INTEGER) FROM setting_rows r
         WHERE r.name = 'tolerance' AND r.contract_id = c.id AND r.valid_from <= :first
         ORDER BY r.valid_from DESC, r.id DESC LIMIT 1),
        c.tolerance_basis_points) AS band
    FROM delivery_points p JOIN contracts c ON c.id = p.contract_id
    WHERE p.id = monthly_balances.delivery_point_id
  ) s
)
WHERE month = :first
"""
STANDINGS = (
    "month",
    "delivery_point_id",
    "days_out",
    "strain",
    "last_measured_on",
    "last_imbalance_m3",
    "last_imbalance_mbtu",
    "imbalance_m3",
    "imbalance_mbtu",
    "closing_m3",
    "closing_mbtu",
    "measured_days",
    "measured_before",
)


def upgrade() -> None:
    for name in ("days_out", "strain"):
        op.add_column("monthly_balances", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("monthly_balances", sa.Column("last_measured_on", sa.Date(), nullable=True))
    for name in ("last_imbalance_m3", "last_imbalance_mbtu"):
        op.add_column("monthly_balances", sa.Column(name, sa.BigInteger(), nullable=True))
    connection = op.get_bind()
    months = sa.text("SELECT DISTINCT month FROM monthly_balances ORDER BY month").columns(month=sa.Date())
    for month in connection.scalars(months).all():
        days = {"first": month, "after": date(month.year + month.month // 12, month.month % 12 + 1, 1)}
        for statement in (COUNT, LAST_DAY, LAST_IMBALANCE, STRAIN):
            wanted = {name: day for name, day in days.items() if f":{name}" in statement}
            typed = [sa.bindparam(name, type_=sa.Date()) for name in wanted]
            connection.execute(sa.text(statement).bindparams(*typed), wanted)
    op.create_index("ix_monthly_balances_standings", "monthly_balances", STANDINGS)
    op.create_index("ix_readings_gas_day", "readings", ["gas_day"])
    op.create_index("ix_adjustments_gas_day", "adjustments", ["gas_day"])


def downgrade() -> None:
    op.drop_index("ix_adjustments_gas_day", "adjustments")
    op.drop_index("ix_readings_gas_day", "readings")
    op.drop_index("ix_monthly_balances_standings", "monthly_balances")
    for name in ("last_imbalance_mbtu", "last_imbalance_m3", "last_measured_on", "strain", "days_out"):
        op.drop_column("monthly_balances", name)

"""The two column types whose definition differs from the plain one, as every revision writes them."""

from __future__ import annotations

import sqlalchemy as sa

# SQLite numbers rows by itself only for a column that is exactly INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

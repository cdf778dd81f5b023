"""The two column types whose definition differs from the plain one, as every revision writes them."""

from __future__ import annotations

import sqlalchemy as sa

# SQLite numbers rows by itself only in a column of exactly the type INTEGER.
WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)

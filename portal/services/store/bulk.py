"""Bulk inserts: each table's statement is compiled once, and values are passed as the database stores them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert

from portal.models import Base

BATCH = 5_000


class BulkInsert:
    """Rows of one table, written in batches inside the caller's transaction; ``close`` writes the last ones."""

    def __init__(self, connection: Connection, model: type[Base], columns: Sequence[str]) -> None:
        compiled = insert(model).compile(dialect=connection.dialect, column_keys=list(columns))
        self._statement = str(compiled)
        # The statement names the columns in the order of the table.
        self._positions = [columns.index(name) for name in compiled.positiontup or ()]
        self._columns = tuple(columns)
        self._connection = connection
        self._rows: list[tuple[Any, ...]] = []
        self.name = model.__tablename__
        self.written = 0

    def add(self, *row: Any) -> None:
        """Add a row, its values in the order of the columns."""
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self.close()

    def close(self) -> None:
        """Write the pending rows."""
        if not self._rows:
            return
        rows: list[Any]
        if self._positions:
            rows = [tuple([row[position] for position in self._positions]) for row in self._rows]
        else:
            rows = [dict(zip(self._columns, row, strict=True)) for row in self._rows]
        self._connection.exec_driver_sql(self._statement, rows)
        self.written += len(rows)
        self._rows = []

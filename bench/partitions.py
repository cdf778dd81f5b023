"""Partitions by year on PostgreSQL against the tables as they are (``docs/adr/0154``).

``python -m bench.partitions URL [POINTS]``, where URL names a migrated, empty database that is thrown away afterwards.
Rows of twelve years are made by the server in two schemas, ``plain`` and ``parted``; every measurement alternates
between them, so that other work on the machine meets both. Not part of ``make bench``: it needs minutes and gigabytes.
"""

from __future__ import annotations

import random
import statistics
import sys
import time

import psycopg

FIRST_YEAR, YEARS = 2014, 12
SCHEMAS = ("plain", "parted")
# Table, its column of the day, its key where the year must be part of it, and the columns and rows that are made.
DAYS = "generate_series(date '2014-12-01', date '2026-11-29', interval '1 day') AS day"
TABLES = {
    "daily_balances": (
        "gas_day",
        "delivery_point_id, gas_day",
        (
            "SELECT p, day::date, 9000000000 + p, 317000000 + p, 1, 9000000000 + p, 317000000 + p, NULL, "
            "8900000000 + p, 314000000 + p, 'certified', 1035000, false, 0, 0 "
            "FROM {days}, generate_series(1, {points}) AS p"
        ),
    ),
    "readings": (
        "gas_day",
        "id, gas_day",
        (
            "SELECT row_number() OVER (), p, day::date, 1, 'certified', 8900000000 + p, NULL, NULL, NULL, day + "
            "interval '30 hours', NULL FROM {days}, generate_series(1, {points}) AS p"
        ),
    ),
    "audit_events": (
        "at",
        "sequence, at",
        (
            "SELECT row_number() OVER (), day + p * interval '1 minute', 'nomination:signed', NULL, 'x@example.co', "
            "'web', '192.0.2.1', NULL, 'NOM-' || p, '{{}}', decode(repeat('ab', 32), 'hex') "
            "FROM {days}, generate_series(1, {points} / 4) AS p"
        ),
    ),
}
INDEXES = {
    "daily_balances": ("(gas_day, delivery_point_id, reading_state, consumed_m3) WHERE reading_state = 'provisional'",),
    "readings": ("(delivery_point_id, gas_day, version)", "(gas_day)", "(import_id)"),
    "audit_events": ("(actor_id)", "(at)", "(company_id)", "(event)", "(subject)"),
}


def main() -> None:
    """Make the rows, measure both schemas in turns, print a table."""
    url = sys.argv[1]
    points = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with psycopg.connect(url, autocommit=True) as connection:
        if not is_made(connection):
            make(connection, points)
        print(f"| {points} points, {YEARS} years | plain | by year | by year / plain |\n|---|---|---|---|")
        sizes(connection)
        for name, rounds, statements in MEASURED:
            times: dict[str, list[float]] = {schema: [] for schema in SCHEMAS}
            chance = random.Random(1)
            for _ in range(rounds):
                given = {
                    "point": chance.randint(1, points),
                    "first": f"{chance.randint(2015, 2025)}-{chance.randint(1, 12):02}-01",
                }
                for schema in SCHEMAS:
                    begun = time.perf_counter()
                    for statement in statements:
                        answer = connection.execute(statement.replace("{schema}", schema), given, prepare=True)
                        if answer.description is not None:
                            answer.fetchall()
                    times[schema].append(time.perf_counter() - begun)
            row(name, *(statistics.median(times[schema]) * 1000 for schema in SCHEMAS), "ms")


def row(name: str, plain: float, parted: float, unit: str) -> None:
    """Print one line of the table."""
    print(f"| {name} | {plain:,.2f} {unit} | {parted:,.2f} {unit} | {parted / plain:.2f} |", flush=True)


def is_made(connection: psycopg.Connection) -> bool:
    """Tell whether an earlier run made the rows."""
    found = connection.execute("SELECT to_regclass('parted.audit_events')").fetchone()
    return found is not None and found[0] is not None


def make(connection: psycopg.Connection, points: int) -> None:
    """Make both schemas and their rows; prints the seconds that each table took."""
    for schema in SCHEMAS:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute(f"CREATE SCHEMA {schema}")
    for table, (day, key, rows) in TABLES.items():
        for schema in SCHEMAS:
            like = f"CREATE TABLE {schema}.{table} (LIKE public.{table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
            if schema == "plain":
                first = key if table == "daily_balances" else key.split(",")[0]
                connection.execute(f"{like}, PRIMARY KEY ({first}))")
            else:
                connection.execute(f"{like}, PRIMARY KEY ({key})) PARTITION BY RANGE ({day})")
                for year in range(FIRST_YEAR, FIRST_YEAR + YEARS + 1):
                    connection.execute(
                        f"CREATE TABLE {schema}.{table}_{year} PARTITION OF {schema}.{table} "
                        f"FOR VALUES FROM ('{year}-01-01') TO ('{year + 1}-01-01')"
                    )
            for index in INDEXES[table]:
                connection.execute(f"CREATE INDEX ON {schema}.{table} {index}")
            begun = time.perf_counter()
            connection.execute(f"INSERT INTO {schema}.{table} {rows.format(days=DAYS, points=points)}")
            connection.execute(f"VACUUM ANALYZE {schema}.{table}")
            print(f"made {schema}.{table} in {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)


def sizes(connection: psycopg.Connection) -> None:
    """Print the megabytes of each table with its indexes."""
    for table in TABLES:
        found = []
        for schema in SCHEMAS:
            total = connection.execute(
                "SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
                "WHERE n.nspname = %s AND relname LIKE %s AND relkind = 'r'",
                (schema, f"{table}%"),
            ).fetchone()
            found.append(float(total[0]) / 1e6 if total else 0.0)
        row(f"size of {table}, with indexes", found[0], found[1], "MB")


_MONTH = "gas_day >= %(first)s::date AND gas_day < %(first)s::date + 31"
_EACH_POINT = (
    "UPDATE {schema}.daily_balances SET adjustment_m3 = adjustment_m3 + 1 "
    "WHERE delivery_point_id BETWEEN 1 AND 200 AND gas_day BETWEEN '2026-10-01' AND '2026-10-31'"
)
# Name, rounds, statements.
MEASURED: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    (
        "a month's sheet, 31 rows of a point",
        1000,
        (f"SELECT * FROM {{schema}}.daily_balances WHERE delivery_point_id = %(point)s AND {_MONTH} ORDER BY gas_day",),
    ),
    (
        "twelve years of a point",
        60,
        ("SELECT * FROM {schema}.daily_balances WHERE delivery_point_id = %(point)s ORDER BY gas_day",),
    ),
    (
        "readings in force of a point, for a rebuild",
        60,
        (
            (
                "SELECT DISTINCT ON (gas_day) * FROM {schema}.readings WHERE delivery_point_id = %(point)s "
                "ORDER BY gas_day, version DESC"
            ),
        ),
    ),
    (
        "31 days of a point written",
        300,
        (
            (
                "UPDATE {schema}.daily_balances SET consumed_m3 = consumed_m3 + 1 "
                f"WHERE delivery_point_id = %(point)s AND {_MONTH}"
            ),
        ),
    ),
    (
        "one day of 200 points, each by its key",
        40,
        (
            (
                "SELECT b.* FROM generate_series(1, 200) AS p JOIN LATERAL (SELECT * FROM {schema}.daily_balances "
                "WHERE delivery_point_id = p AND gas_day = %(first)s::date) AS b ON true"
            ),
        ),
    ),
    ("a reading by its number", 500, ("SELECT * FROM {schema}.readings WHERE id = %(point)s * 997",)),
    ("an audit event by its number", 500, ("SELECT * FROM {schema}.audit_events WHERE sequence = %(point)s * 997",)),
    (
        "the last 25 events of a subject",
        100,
        (
            (
                "SELECT * FROM {schema}.audit_events WHERE subject = 'NOM-' || (%(point)s %% 200 + 1) "
                "ORDER BY sequence DESC LIMIT 25"
            ),
        ),
    ),
    ("a month of 200 points written", 5, (_EACH_POINT,)),
    ("a month of 200 points written, then VACUUM", 5, (_EACH_POINT, "VACUUM {schema}.daily_balances")),
)


if __name__ == "__main__":
    main()

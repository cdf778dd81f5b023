"""The databases that tests run on: SQLite files and a PostgreSQL server of their own."""

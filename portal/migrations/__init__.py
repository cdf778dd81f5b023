"""Alembic: dated revisions, applied by ``runner`` with the program's engine."""

"""Alembic: dated revisions, applied by ``runner`` with an engine the program hands over."""

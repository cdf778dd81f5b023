"""A program with one revision more than this one: databases of today are then older than it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.migrations import revisions, runner

NEXT = "0123456789ab"
WRITTEN = '''"""A column more."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("companies", sa.Column("nickname", sa.String(40), nullable=True))


def downgrade() -> None:
    op.drop_column("companies", "nickname")
'''


@pytest.fixture
def next_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The newest revision of a program that comes after this one."""
    folder = tmp_path / "migrations"
    shutil.copytree(runner.FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = WRITTEN.format(revision=NEXT, before=revisions.head())
    (folder / "versions" / "2027_01_01_01_next.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(runner, "FOLDER", folder)
    monkeypatch.setattr(revisions, "FOLDER", folder / "versions")
    _forget()
    yield NEXT
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    revisions.known.cache_clear()
    revisions.head.cache_clear()

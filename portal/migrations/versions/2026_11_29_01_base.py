"""Schema of the portal at its first release (adr/0105).

The append-only triggers are installed after each run of revisions (``protection``); timetable and holidays are written
``runner.upgrade``.
"""

from __future__ import annotations

from portal.migrations import base

revision = "2e485d1a849b"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    base.create()


def downgrade() -> None:
    base.drop()

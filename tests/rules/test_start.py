"""What every process of the server holds, and what only those load that use it (docs/adr/0149)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
# Each takes megabytes, or a good part of the start; few processes ever need it.
SELDOM = (
    "alembic",
    "babel",
    "holidays",
    "imaplib",
    "openpyxl",
    "portal.services.demo",
    "psycopg",
    "python_calamine",
    "snowballstemmer",
    "typst",
    "webauthn",
    "xlsxwriter",
)


def loaded_by(code: str, folder: Path) -> set[str]:
    """The modules of a fresh process after this code."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PORTAL_", "COV"))}
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{code}\nprint(*sys.modules)"],
        cwd=ROOT,
        env=inherited | {"PORTAL_INSTANCE": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.split())


def test_a_server_on_sqlite_loads_nothing_that_few_pages_need(tmp_path: Path):
    loaded = loaded_by("import portal.rsgi\nfrom portal import create_app\ncreate_app()", tmp_path)
    assert "portal.blueprints.balances" in loaded
    assert loaded & set(SELDOM) == set()


def test_a_worker_loads_no_web_server_and_nothing_seldom_either(tmp_path: Path):
    loaded = loaded_by("import portal.cli.worker", tmp_path)
    assert loaded & {*SELDOM, "granian"} == set()

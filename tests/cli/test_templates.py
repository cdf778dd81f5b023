"""`portal templates`: compiled at the installation, for a server that may not write there."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from portal.web.compiled_templates import CompiledTemplates
from portal.web.output import PortalEnvironment
from tests.cli.conftest import Run


def test_an_installation_compiles_all_of_them_at_once(portal: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(CompiledTemplates, "make_folder", lambda _: tmp_path)
    monkeypatch.setattr(PortalEnvironment, "list_templates", lambda _: ["errors/404.html", "base.html", "paper.typ"])
    assert portal("templates").stdout == "2 templates compiled\n"


def test_who_may_not_write_there_is_told_so(portal: Run, monkeypatch: pytest.MonkeyPatch):
    def refuse(_: CompiledTemplates) -> Path:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), "/srv/portal/portal/templates/__pycache__")

    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(CompiledTemplates, "make_folder", refuse)
    result = portal("templates")
    assert result.exit_code == 1
    assert "/srv/portal/portal/templates/__pycache__: Permission denied" in result.stderr
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert "PYTHONDONTWRITEBYTECODE" in portal("templates").stderr

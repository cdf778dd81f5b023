"""Fixtures: `stage` is a prepared database of the test's own, `server` the portal running on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.server import Server
from tests.faults.stage import Stage


@pytest.fixture
def stage(database_url: str, tmp_path: Path) -> Iterator[Stage]:
    prepared = Stage(database_url, tmp_path)
    yield prepared
    prepared.close()


@pytest.fixture
def server(stage: Stage) -> Iterator[Server]:
    with Server(stage.folder, stage.environment) as running:
        yield running

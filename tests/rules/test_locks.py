"""The lock files pin every package by hash and name no registry."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock", "requirements-uv.lock"]


def entries(lock: str) -> dict[str, str]:
    """Each requirement line with its hashes, as one string."""
    text = (ROOT / lock).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    return {line.split(" --hash", 1)[0].strip(): line for line in lines}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_version_and_a_hash(lock: str):
    locked = entries(lock)
    assert locked
    for name, line in locked.items():
        assert "==" in name, f"{lock}: {name} is not pinned"
        assert "--hash=sha256:" in line, f"{lock}: {name} has no hash"


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_names_an_address(lock: str):
    assert not re.search(r"://|--(extra-)?index-url|--find-links", (ROOT / lock).read_text(encoding="utf-8"))


def test_tests_run_with_the_very_versions_that_serve():
    assert entries("requirements.lock").keys() <= entries("requirements-dev.lock").keys()


def test_no_lock_file_that_keeps_addresses_is_here():
    assert not (ROOT / "uv.lock").exists()

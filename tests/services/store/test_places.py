"""Places for hashes are counted on the machine: by all its processes, and by those alone that live."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from portal.services.store.places import Full, Places
from portal.services.store.refusals import Busy
from portal.services.store.vault import Vault

HOLDS = """
import sys, time
from pathlib import Path
from portal.services.store.places import Places

with Places(Path(sys.argv[1]), in_process=1, on_machine=1).taken(seconds=1):
    print("held", flush=True)
    time.sleep(60)
"""


def process(folder: Path | None, *, on_machine: int = 2) -> Places:
    """The places as one process of the machine counts them."""
    return Places(folder, in_process=2, on_machine=on_machine)


def test_two_processes_share_the_places_of_their_machine(tmp_path: Path):
    one, other = process(tmp_path), process(tmp_path)
    with one.taken(seconds=0), other.taken(seconds=0):
        for each in (one, other):
            with pytest.raises(Full), each.taken(seconds=0.01):
                pass
    with one.taken(seconds=0), one.taken(seconds=0):
        pass


def test_a_process_takes_no_more_than_its_own(tmp_path: Path):
    one, other = process(tmp_path, on_machine=8), process(tmp_path, on_machine=8)
    with one.taken(seconds=0), one.taken(seconds=0), other.taken(seconds=0), pytest.raises(Full), one.taken(seconds=0):
        pass


def test_the_place_of_a_killed_process_is_free(tmp_path: Path):
    here = process(tmp_path, on_machine=1)
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(Full), here.taken(seconds=0):
            pass
        holder.kill()
        holder.wait()
    with here.taken(seconds=0):
        pass


def test_without_a_folder_that_can_be_written_a_process_counts_its_own(tmp_path: Path):
    (tmp_path / "file").touch()
    for folder in (None, tmp_path / "file"):
        places = process(folder, on_machine=1)
        with places.taken(seconds=0), places.taken(seconds=0), pytest.raises(Full), places.taken(seconds=0):
            pass


def test_two_servers_of_a_machine_hash_no_more_at_once_than_it_has_processors(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("portal.services.store.vault.SLOT_WAIT_SECONDS", 0.01)
    monkeypatch.setattr("os.cpu_count", lambda: 3)
    vaults = [Vault(b"a pepper that only the tests know, 32 bytes and more", folder=tmp_path) for _ in range(2)]
    with ExitStack() as held:
        for vault in (vaults[0], vaults[0], vaults[1]):
            held.enter_context(vault.slot())
        with pytest.raises(Busy), vaults[1].slot():
            pass

"""Slots of processes: a killed one's counts stay, and its place is taken by the next."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from portal import logs
from portal.metrics.slots import Slots

ROOT = Path(__file__).parents[2]
COUNT = """
import sys, time
from pathlib import Path
from portal.metrics import Instruments
found = Instruments(Path(sys.argv[1]))
found.not_taken.labels("503").inc(int(sys.argv[2]))
print(found.slots.number(), flush=True)
time.sleep(60)
"""
READ = """
import sys
from pathlib import Path
from prometheus_client import CollectorRegistry, multiprocess
registry = CollectorRegistry()
multiprocess.MultiProcessCollector(registry, path=str(Path(sys.argv[1]) / "metrics"))
print(registry.get_sample_value("portal_not_taken_total", {"status": "503"}))
"""


class Counter:
    """A process that counts, and then waits to be killed."""

    def __init__(self, folder: Path, many: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COUNT, str(folder), str(many)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout
        self.slot = int(self.process.stdout.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stdout
        self.process.stdout.close()


def total(folder: Path) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", READ, str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return ended.stdout.strip()


def test_a_killed_process_loses_no_count_and_leaves_no_file_more(tmp_path: Path):
    first, second = Counter(tmp_path, 3), Counter(tmp_path, 4)
    assert (first.slot, second.slot) == (0, 1)
    assert total(tmp_path) == "7.0"
    first.kill()
    assert total(tmp_path) == "7.0"
    third = Counter(tmp_path, 5)
    assert third.slot == 0
    assert total(tmp_path) == "12.0"
    assert len(list((tmp_path / "metrics").glob("counter_*.db"))) == 2
    for each in (second, third):
        each.kill()
    fourth = Counter(tmp_path, 1)
    assert total(tmp_path) == "1.0", "once nobody counted, it begins anew"
    fourth.kill()


def test_a_forked_process_takes_a_slot_of_its_own_and_leaves_its_parents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(logs, "_process", "server")
    slots = Slots(tmp_path)
    assert slots.number() == 0
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, bytes([slots.number()]))
        time.sleep(60)
        os._exit(0)
    assert os.read(reading, 1) == b"\x01"
    assert [(each.number, each.process, each.pid) for each in slots.list_taken()] == [
        (0, "server", os.getpid()),
        (1, "server", child),
    ]
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)
    assert [each.number for each in slots.list_taken()] == [0]
    assert slots.number() == 0
    slots.close()
    assert Slots(tmp_path).list_taken() == []


def test_an_idle_fork_holds_no_slot_of_a_parent_that_is_gone(tmp_path: Path):
    reading, writing = os.pipe()
    parent = os.fork()
    if parent == 0:
        slots = Slots(tmp_path)
        slots.number()
        if os.fork() == 0:
            os.write(writing, b"%d" % os.getpid())
            time.sleep(60)
        os._exit(0)
    idle = int(os.read(reading, 20))
    os.waitpid(parent, 0)
    os.close(reading)
    os.close(writing)
    try:
        assert Slots(tmp_path).list_taken() == []
    finally:
        os.kill(idle, signal.SIGKILL)


def test_a_file_that_is_none_does_not_stop_a_start(tmp_path: Path):
    (tmp_path / "counter_0.db").write_bytes(b"\xff" * 4096)
    (tmp_path / "slot-0").write_text("")
    slots = Slots(tmp_path)
    assert slots.number() == 0
    assert not (tmp_path / "counter_0.db").exists()
    slots.close()


if sys.platform != "linux":
    pytest.skip("locks of files are those of Linux", allow_module_level=True)

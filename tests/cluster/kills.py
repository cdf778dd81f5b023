"""Kills of the parts of a cluster, one after the other, while sixteen people sign: what clients saw of each."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

from tests.cluster.load import Load
from tests.cluster.stage import Cluster
from tests.faults import judge

# As the kit's units: what ends is started again after a second.
RESTART_SECONDS = 1.0
# What has a second one beside it stays dead for so long.
DEAD_SECONDS = 5.0
# Answers before a kill and after the part is back, so that there is something to interrupt.
WARM = 10
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Kill:
    """A part, how it is killed and how it comes back after so many seconds."""

    part: str
    kill: Callable[[], object]
    come_back: Callable[[], object]
    dead_seconds: float = DEAD_SECONDS
    before: Callable[[], object] = lambda: None


@dataclass
class Seen:
    """What clients saw of one kill: seconds, answers by status (0: none), and what the database says afterwards."""

    part: str
    interruption: float
    longest_wait: float
    back_after: float
    taken: int
    statuses: Counter[int]
    lost: int
    doubled: int
    others: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """True when nothing was lost, doubled or otherwise wrong."""
        return not (self.lost or self.doubled or self.others)


def list_kills(cluster: Cluster) -> Iterator[Kill]:
    """The parts in the order in which they are killed; after the last one the former replica is the primary."""
    for name, server in zip("AB", cluster.servers, strict=True):
        yield Kill(f"server {name}", server.kill, server.start)
    for name, worker in zip("AB", cluster.workers, strict=True):
        yield Kill(f"worker {name}", worker.kill, worker.start)
    nginx = cluster.proxy.process
    yield Kill("nginx", nginx.kill, nginx.start, RESTART_SECONDS)
    if cluster.pooler:
        yield Kill("PgBouncer", cluster.pooler.kill, cluster.pooler.start, RESTART_SECONDS)
    pair = cluster.pair
    yield Kill("replica", pair.replica.kill, pair.replica.start)
    yield Kill("primary, started again", pair.primary.kill, pair.primary.start, RESTART_SECONDS)
    if not cluster.pooler:
        yield Kill(
            "primary, replica promoted",
            pair.primary.kill,
            pair.promote,
            RESTART_SECONDS,
            before=pair.wait_for_replica_at_commit,
        )


def watch(cluster: Cluster, load: Load, kill: Kill) -> Seen:
    """Kill a part while everybody signs, let it come back, and compare what was acknowledged with what is kept."""
    kill.before()
    with load.at_work():
        wait_for(load, WARM)
        since = time.monotonic()
        kill.kill()
        time.sleep(kill.dead_seconds)
        began = time.monotonic()
        kill.come_back()
        back_after = time.monotonic() - began
        wait_for(load, load.count_taken() + WARM)
    with closing(cluster.stage.session()) as session:
        findings = judge.verdict(judge.read(session), load.receipts)
    kinds = Counter(words.partition(":")[0] for words in findings)
    return Seen(
        kill.part,
        load.interruption(since),
        load.longest_wait(since),
        back_after,
        load.count_taken(),
        load.statuses,
        kinds["lost"],
        kinds["doubled"],
        [words for words in findings if not words.startswith(("lost:", "doubled:"))] + load.unexpected[:3],
    )


def wait_for(load: Load, answers: int) -> None:
    """Wait until so many answers were taken."""
    until = time.monotonic() + PATIENCE_SECONDS
    while load.count_taken() < answers:
        if time.monotonic() > until:
            raise TimeoutError(f"{load.count_taken()} answers in {PATIENCE_SECONDS:g} s: {dict(load.statuses)}")
        time.sleep(0.05)

"""``make cluster``: walk the 24 steps through the proxy, kill each part under load, print what clients saw."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing

from rich.console import Console
from rich.table import Table

from tests.cluster import kills
from tests.cluster.kills import Seen
from tests.cluster.load import GONE_AWAY, Load
from tests.cluster.stage import Cluster
from tests.databases.binaries import NoPostgres
from tests.deploy.proxies import NoProxy
from tests.faults import judge

COUPLES = 8
DRAFTS = 400


def main() -> None:
    """Run the whole programme; status 1 when anything was lost, doubled or otherwise wrong."""
    parser = argparse.ArgumentParser(prog="make cluster", description=__doc__)
    parser.add_argument("--pgbouncer", action="store_true", help="through PgBouncer in transaction mode")
    parser.add_argument("--only", default="", help="kill only the parts whose names begin so")
    parser.add_argument("--keep", action="store_true", help="leave the folder with the logs there")
    asked = parser.parse_args()
    # Kept wide where nobody looks: a row a part.
    console = Console() if sys.stdout.isatty() else Console(width=150)
    try:
        with Cluster(through_pgbouncer=asked.pgbouncer, keep=asked.keep) as cluster:
            whole = run(cluster, console, only=asked.only)
    except (NoPostgres, NoProxy) as missing:
        sys.exit(f"The cluster cannot run here: {missing}")
    sys.exit(not whole)


def run(cluster: Cluster, console: Console, *, only: str = "") -> bool:
    """Walk, kill, verify and print; True when nothing was wrong."""
    pooled = ", PgBouncer" if cluster.pooler else ""
    console.print(f"PostgreSQL with a replica{pooled}, two servers, two workers, nginx: in {cluster.folder}.")
    console.print(f"24 steps through the proxy: {cluster.walk():.1f} s")
    load = Load(cluster.people(couples=COUPLES, drafts=DRAFTS), cluster.proxy)
    seen = []
    for kill in kills.list_kills(cluster):
        if kill.part.startswith(only):
            console.print(f"Killing {kill.part} …")
            seen.append(kills.watch(cluster, load, kill))
    console.print(draw(seen))
    faults = verify(cluster)
    came, again, waiting = cluster.count_mails()
    console.print(f"{came} mails came, {again} of them a second time, {waiting} still wait.")
    console.print(f"Verified: {'chains, receipts and accounts are whole' if not faults else '; '.join(faults)}.")
    for each in seen:
        for words in each.others:
            console.print(f"{each.part}: {words}", style="red")
    return not faults and all(each.is_whole for each in seen)


def verify(cluster: Cluster) -> list[str]:
    """Return the faults of the chains and accounts, and of the anchors in the database and on both worker's disks."""
    with closing(cluster.stage.session()) as session:
        faults = judge.whole(session)
    return faults + cluster.verify_by_command()


def draw(seen: list[Seen]) -> Table:
    """Return the table of what clients saw."""
    table = Table(title="Killed with SIGKILL while sixteen people sign, each submission sent twice")
    for name in (
        "part",
        "nobody served, s",
        "longest wait of one, s",
        "back after, s",
        "taken",
        "answers",
        "lost",
        "doubled",
    ):
        table.add_column(name, justify="left" if name in ("part", "answers") else "right")
    for each in seen:
        answers = ", ".join(
            f"{'none' if status == GONE_AWAY else status}: {count}" for status, count in sorted(each.statuses.items())
        )
        table.add_row(
            each.part,
            f"{each.interruption:.2f}",
            f"{each.longest_wait:.2f}",
            f"{each.back_after:.2f}",
            str(each.taken),
            answers,
            str(each.lost),
            str(each.doubled),
        )
    return table


if __name__ == "__main__":
    main()

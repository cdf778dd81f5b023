"""Two servers on one database behind the kit's nginx: one is killed, and nobody loses what was acknowledged."""

from __future__ import annotations

import pytest

from tests.cluster import kills
from tests.cluster.kills import Kill
from tests.cluster.load import Load
from tests.cluster.stage import Cluster

pytestmark = [pytest.mark.postgres, pytest.mark.proxy]


def test_a_server_that_is_killed_costs_nobody_a_receipt():
    with Cluster() as cluster:
        cluster.walk()
        load = Load(cluster.people(couples=2, drafts=100), cluster.proxy)
        server = cluster.servers[0]
        seen = kills.watch(cluster, load, Kill("server A", server.kill, server.start, dead_seconds=1.0))
        assert (seen.lost, seen.doubled, seen.others) == (0, 0, [])
        # The second server answers meanwhile; what reached the first and got no answer was sent again.
        assert seen.statuses[303] > 0
        assert cluster.verify_by_command() == []

"""Every address counts under its route, and no label says more: no point, no account, no day."""

from __future__ import annotations

from pathlib import Path

from tests.application import SetClock
from tests.metrics.stage import counting, scrape
from tests.rules.visit import visit


def test_every_address_counts_under_its_route_and_nothing_else_names_one(
    sqlite_url: str, tmp_path: Path, clock: SetClock
):
    with counting(sqlite_url, tmp_path, clock) as portal:
        everything = visit(portal)
        asked = set()
        for rule, url in everything.urls():
            everything.browser(rule).open(url)
            asked.add(rule.rule)
        rules = {rule.rule for rule in portal.app.url_map.iter_rules()}
        labels = {name for name, _ in scrape(portal)}
        routes = {dict(labels)["route"] for _, labels in scrape(portal) if "route" in dict(labels)}
    assert asked <= routes
    assert routes <= rules | {"none"}
    assert "portal_requests_total" in labels

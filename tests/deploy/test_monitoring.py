"""Alert rules and dashboard name metrics that the portal has, and the limits of ``portal status``."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from portal.services.ops.limits import LIMITS, Level
from tests.application import RunningPortal, SetClock
from tests.metrics.stage import counting, exposition_of, names_of

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
RULES: list[dict[str, Any]] = yaml.safe_load((MONITORING / "alerts.yml").read_text("utf-8"))["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((MONITORING / "grafana.json").read_text("utf-8"))
# There only on PostgreSQL, or only once there is something to be old.
SOMETIMES = {
    *("portal_database_lock_waiters", "portal_database_deadlocks_total", "portal_worker_silent_seconds"),
    *("portal_duties_silent_seconds", "portal_anchor_age_seconds", "portal_backup_age_seconds", "portal_backup_bytes"),
}
LABELS = {
    *("route", "method", "status", "error", "event", "kind", "outcome", "duty", "level", "process", "slot", "state"),
    *("le", "version", "revision"),
}
COMPARED = re.compile(r"(portal_\w+)(?:\{(\w+)=\"([\w-]+)\"\})?\)? ([<>]) ([\d.e+]+)$")
# Names of limits that are a sum or a state of a metric.
SPELLED = {"portal_mails_waiting given-up": "mails_given_up", "portal_key_attempts_hour wrong": "wrong_keys_hour"}


@pytest.fixture
def counted(sqlite_url: str, tmp_path: Path, clock: SetClock) -> Iterator[RunningPortal]:
    with counting(sqlite_url, tmp_path, clock) as portal:
        yield portal


def queries() -> list[str]:
    """Return every query of rules and dashboard."""
    shown = [target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"]]
    return [*(rule["expr"] for rule in RULES), *shown]


def test_every_metric_of_the_rules_and_the_dashboard_is_one_and_each_is_shown(counted: RunningPortal):
    exposition = exposition_of(counted)
    read = {family.name for family in exposition.collect()}
    known = names_of(exposition.instruments) | read | SOMETIMES
    named = {name for query in queries() for name in re.findall(r"\bportal_\w+", query)}
    assert named <= known
    shown = " ".join(queries())
    short = {re.sub(r"_(bucket|sum|count)$", "", name) for name in known}
    assert [name for name in short if name not in shown] == []


def test_every_label_of_a_query_is_one():
    for query in queries():
        by = {label.strip() for group in re.findall(r"by \(([^)]*)\)", query) for label in group.split(",")}
        picked = set(re.findall(r"[{,](\w+)=", query)) - {"job"}
        assert by | picked <= LABELS, query


def test_the_rules_have_the_limits_of_the_status_and_say_what_to_do():
    found: dict[str, dict[Level, float]] = {}
    for rule in RULES:
        assert set(rule["annotations"]) == {"summary", "todo"}, rule["alert"]
        level = Level[rule["labels"]["severity"].upper()]
        compared = COMPARED.search(rule["expr"])
        if compared is not None:
            metric = f"{compared[1]} {compared[3] or ''}".strip()
            name = SPELLED.get(metric, metric.removeprefix("portal_"))
            if name in LIMITS:
                assert (compared[4] == "<") == LIMITS[name].is_floor
                found.setdefault(name, {})[level] = float(compared[5])
    assert found == {
        name: {
            level: float(bound)
            for level, bound in ((Level.WARNING, limit.warning), (Level.CRITICAL, limit.critical))
            if bound is not None
        }
        for name, limit in LIMITS.items()
    }


def test_the_rules_of_the_copies_age_compare_it_with_the_limit_that_follows_the_interval(counted: RunningPortal):
    expected = {
        f'portal_backup_age_seconds > ignoring(level) portal_backup_limit_seconds{{level="{level}"}}': level
        for level in ("warning", "critical")
    }
    assert {rule["expr"]: rule["labels"]["severity"] for rule in RULES if "backup" in rule["expr"]} == expected
    found = {family.name: family for family in exposition_of(counted).collect()}["portal_backup_limit_seconds"]
    # No worker takes copies in development: some timer, perhaps every night.
    assert {sample.labels["level"]: sample.value for sample in found.samples} == {"warning": 93600, "critical": 180000}


def test_a_panel_has_a_title_of_its_own_and_a_place():
    titles = [panel["title"] for panel in DASHBOARD["panels"]]
    assert len(set(titles)) == len(titles) > 20
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in DASHBOARD["panels"]}
    assert len(places) == len(titles)
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in DASHBOARD["panels"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="promtool (Debian's package prometheus) is not here")
def test_prometheus_understands_rules_and_sample():
    for command in (["rules", "alerts.yml"], ["config", "prometheus.yml"]):
        said = subprocess.run(
            ["promtool", "check", *command], cwd=MONITORING, capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stdout + said.stderr

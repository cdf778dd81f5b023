"""The URL map: a start compiles no builder of addresses, and every address is built as Werkzeug builds it."""

from __future__ import annotations

from werkzeug.routing import Map, Rule

from portal.web.url_rules import LateRule
from tests.application import RunningPortal


def _compiled(portal: RunningPortal) -> list[str]:
    return [
        rule.rule
        for rule in portal.app.url_map.iter_rules()
        for builder in (rule._build, rule._build_unknown)
        if builder.__name__.startswith("<builder:")
    ]


def test_a_start_compiles_none_of_the_builders_and_an_address_only_its_own(portal: RunningPortal) -> None:
    assert all(type(rule) is LateRule for rule in portal.app.url_map.iter_rules())
    assert _compiled(portal) == []
    with portal.app.test_request_context():
        portal.app.url_for("health.live")
    assert _compiled(portal) == ["/salud"]


def test_every_address_is_built_as_werkzeugs_own_rules_build_it(portal: RunningPortal) -> None:
    late = portal.app.url_map
    own = Map(
        [
            Rule(rule.rule, endpoint=rule.endpoint, methods=rule.methods, defaults=rule.defaults)
            for rule in late.iter_rules()
        ]
    )
    theirs, ours = own.bind("localhost"), late.bind("localhost")
    built = 0
    for rule in late.iter_rules():
        for extra in ({}, {"pagina": "2", "nota": "año & más"}):
            for _again in range(2):
                values = dict.fromkeys(rule.arguments, "7") | dict(rule.defaults or {}) | extra
                assert ours.build(rule.endpoint, values) == theirs.build(rule.endpoint, values), rule.rule
                assert rule.build(values, append_unknown=False) == _twin(own, rule).build(values, append_unknown=False)
                built += 1
    assert built >= 600


def test_the_parts_of_an_address_may_have_any_name() -> None:
    rules = Map([LateRule("/<rule>/<self>/<values>", endpoint="odd")])
    assert rules.bind("localhost").build("odd", {"rule": "a", "self": "b", "values": "c"}) == "/a/b/c"


def _twin(own: Map, rule: Rule) -> Rule:
    return next(each for each in own.iter_rules(rule.endpoint) if each.rule == rule.rule)

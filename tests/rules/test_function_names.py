"""Names of functions in portal/services: a verb first, so that a call reads as what it does."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVICES = ROOT / "portal" / "services"
# A verb that is missing here is added; a noun never is.
VERB_WORDS = """
accept acknowledge add agree anchor answer apply approve ask beat begin bind bring build cancel carry certify change
charge check choose clean close compare complete compute confirm consume copy count create decide declare deduplicate
demand detect digest disable disarm discard dispatch enable end enrol estimate exchange excuse expire explain export
fail file fill find fingerprint finish forget freeze gather generate get give hand hash hold import index insert
invite issue keep kill learn leave let lift list load lock look mail make mark match mend move name normalise note
offer open order overlap parse perform place plan post prepare preview print propose prove publish put question raise
rank read rearm rebuild recognise record refund refuse register reject release remember remove renew repeat replace
replay report request require reset restate restore retry review revoke rewrite roll rotate run save seal search seed
select send set settle sign spell spend split start state step stop strip submit succeed sum sweep take tell touch
trust typeset unlock unquote use verify watch weigh withdraw write
"""
VERBS = frozenset(VERB_WORDS.split())
PREDICATES = frozenset(("has", "is", "may", "needs", "was"))
# Named by nouns: rename one and drop it here, add none.
NOUNS = {
    "cases.pqr.actions.do",
    "cases.pqr.attachments.judged",
    "cases.pqr.desk.paper",
    "cases.pqr.filings.acceptable_document",
    "cases.pqr.filings.acceptable_telephone",
    "cases.pqr.filings.checked",
    "cases.pqr.filings.own_points",
    "cases.pqr.mails.alarm",
    "cases.pqr.mails.changed",
    "cases.pqr.mails.lapsed",
    "cases.pqr.petitioners.mine",
    "cases.pqr.petitioners.notices",
    "cases.pqr.petitioners.view",
    "cases.pqr.records.acceptable_text",
    "cases.pqr.records.locked",
}


def nouns(source: str) -> Iterator[str]:
    """Yield the public functions of a module that neither do, ask nor make anything by their names.

    ``of`` makes a value of its arguments, ``words`` writes it in Spanish. A context manager is named by what holds
    inside of it, and a program of its own has a ``main``.
    """
    for node in ast.parse(source).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and node.name != "main":
            if any(isinstance(each, ast.Name) and each.id == "contextmanager" for each in node.decorator_list):
                continue
            parts = node.name.split("_")
            if parts[0] not in VERBS | PREDICATES and "of" not in (parts[0], parts[-1]) and parts[-1] != "words":
                yield node.name


def test_use_cases_are_named_by_verbs():
    found = {
        f"{path.relative_to(SERVICES).with_suffix('')}.{name}".replace("/", ".")
        for path in SERVICES.rglob("*.py")
        for name in nouns(path.read_text(encoding="utf-8"))
    }
    assert found == NOUNS


@pytest.mark.parametrize("name", ["news", "month_sheet", "listed", "opened_point", "standing"])
def test_a_noun_is_found(name):
    assert list(nouns(f"def {name}():\n    pass\n")) == [name]


@pytest.mark.parametrize("name", ["list_news", "sign", "is_open", "digest_of", "of_range", "value_words", "_news"])
def test_a_verb_passes(name):
    assert not list(nouns(f"def {name}():\n    pass\n"))

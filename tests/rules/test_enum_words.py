"""Every member of every enum that a page, mail, paper, file or terminal shows has its words.

Each enum of the code is named here once: with the tables that say it, each of them total, or among those that nobody
reads. A new enum, a new member without words, and a template that looks words up by itself fail.
"""

from __future__ import annotations

import enum
import importlib
import pkgutil
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import portal

TEMPLATES = Path(portal.__file__).parent / "templates"

# "module:table" of each table, without "portal."; every one of them must have words for every member.
SHOWN: Mapping[str, tuple[str, ...]] = {
    "keys:KeyKind": ("web.filters:KEY_KIND_WORDS",),
    "keys:KeyState": (
        "blueprints.staff.letters.words:KEY_STATE_WORDS",
        "blueprints.staff.letters.words:KEY_STATE_TONES",
    ),
    "services.ledger.closings.board_rows:State": ("blueprints.staff.readings.months:STATE_WORDS",),
    "shift_log:ShiftEntryKind": ("blueprints.staff.words:SHIFT_KIND_WORDS",),
    "calls:CallOutcome": ("domain.calls:OUTCOME_WORDS",),
    "calls:Verification": ("domain.calls:METHOD_NAMES", "domain.calls:METHOD_WORDS"),
    "audit_events:AuditEvent": ("words.audit_events:EVENT_WORDS",),
    "services.people.accounts.trusted_devices:Copied": ("words.audit:AUDITED.Copied",),
    "accounts:Role": ("web.filters:ROLE_WORDS",),
    "accounts:StaffScope": ("blueprints.staff.api_tokens:STAFF_SCOPE_WORDS",),
    "accounts:Scope": ("blueprints.tokens.words:SCOPE_WORDS",),
    "authorisations:AuthorisationProblem": ("services.day_book.authorisations:REFUSALS",),
    "authorisations:LineState": ("blueprints.staff.day_book.words:STATES",),
    "accounts:BindingAct": ("words.bindings:ACT_WORDS", "words.bindings:DONE_WORDS"),
    "accounts:BindingState": ("words.bindings:BINDING_STATES",),
    "balance:ChangeKind": ("blueprints.balances.news:_WORDS",),
    "cases:CaseKind": ("domain.cases:KIND_WORDS", "words.cases:KIND_HINTS"),
    "cases:CaseState": ("domain.cases:STATE_WORDS", "words.cases:STATE_TONES", "words.cases:STATE_NOTES"),
    "cases:CaseChannel": ("domain.cases:CHANNEL_WORDS",),
    "cases:CaseAction": ("words.cases:ACTION_WORDS", "words.cases:ACTION_HINTS", "words.cases:DONE_WORDS"),
    "cases:CaseStanding": ("words.cases:STANDING_WORDS",),
    "cases:EntryKind": ("words.cases:ENTRY_WORDS",),
    "cases:FileKind": ("words.cases:FILE_TYPES",),
    "cases:Outcome": ("domain.cases:OUTCOME_WORDS", "words.cases:OUTCOME_TONES", "words.cases:OUTCOME_HINTS"),
    "nominations:ClosePolicy": (
        "domain.nominations:POLICY_WORDS",
        "services.nominations.day_closes.closes:RULE_WORDS",
        "words.day_states:RULE_GOES",
        "words.day_states:RULE_COUNTS",
    ),
    "balance:LateTreatment": ("words.audit:AUDITED.LateTreatment",),
    "successions:SuccessionKind": ("blueprints.staff.registry.words:ACT_WORDS",),
    "modalities:DeliveryPointKind": ("blueprints.staff.registry.words:POINT_KIND_WORDS", "web.places:PLACES"),
    "deviations:Finding": (
        "blueprints.consumption.words:FINDING_TITLES",
        "blueprints.staff.words:DEVIATION_CHIPS",
    ),
    "investigations:InvestigationStep": ("domain.investigations:STEP_WORDS",),
    "distributor:DistributorProblem": ("cli.distributor:PROBLEMS",),
    "gas_day:GasDayProblem": ("web.typed_days:DAY_PROBLEMS",),
    "gates:AllocationRule": ("words.gates:ALLOCATION_WORDS",),
    "gates:CutRule": ("words.gates:CUT_RULE_WORDS",),
    "jobs:HeldState": ("words.files:HELD_STATES",),
    "jobs:JobKind": ("words.files:JOB_KIND_WORDS",),
    "jobs:JobState": ("words.files:JOB_STATES",),
    "jobs:UploadKind": ("words.files:UPLOAD_KIND_WORDS",),
    "jobs:UploadState": ("words.files:UPLOAD_STATES",),
    "keys:LetterState": ("blueprints.staff.letters.words:STATE_WORDS", "blueprints.staff.letters.words:STATE_TONES"),
    "lifecycle:NominationState": ("words.nominations:STATE_WORDS", "words.nominations:STATE_TONES"),
    "modalities:Modality": ("web.filters:MODALITY_WORDS", "web.filters:MODALITY_HINTS"),
    "codes:NitProblem": ("services.registry.rules:_NITS",),
    "nominations:Channel": ("words.nominations:CHANNEL_WORDS", "blueprints.balances.words:CHANNEL_WORDS"),
    "nominations:CutReason": ("domain.authorisations:CUT_WORDS",),
    "authorisations:OperatorTopic": (
        "blueprints.staff.words:OPERATOR_TOPIC_WORDS",
        "services.day_book.operator_mails.words:_COUNTED",
    ),
    "lifecycle:DayState": (
        "words.day_states:DAY_WORDS",
        "words.day_states:DAY_TONES",
        "words.day_states:COUNT_WORDS",
    ),
    "nominations:ReceiptStanding": (
        "words.nominations:RECEIPT_SIGNS",
        "words.nominations:RECEIPT_NOTES",
        "domain.nominations:STANDING_WORDS",
    ),
    "nominations:QuantityWarning": ("blueprints.nominations.words:WARNINGS", "blueprints.batches.words:_WARNINGS"),
    "announcements:Severity": ("web.filters:SEVERITY_WORDS", "web.filters:SEVERITY_TONES"),
    "passwords:PasswordProblem": ("services.store.identity:PROBLEMS",),
    "quantities.typed:QuantityProblem": (
        "words.typed_quantities:QUANTITY_PROBLEMS",
        "blueprints.batches.words:_PROBLEMS",
        "blueprints.staff.day_book.words:QUANTITY_PROBLEMS",
    ),
    "quantities.values:Unit": ("web.filters:UNIT_WORDS", "domain.quantities.units:UNIT_WORDS"),
    "readings:AdjustmentReason": ("blueprints.balances.words:ADJUSTMENT_WORDS",),
    "readings:ReadingState": (
        "web.filters:READING_STATE_WORDS",
        "blueprints.balances.words:STATE_FLAGS",
        "blueprints.staff.readings.words:STATES",
    ),
    "settings:SettingScope": ("blueprints.staff.settings:SCOPE_WORDS",),
    "suggestions:Basis": ("web.filters:BASIS_WORDS",),
    "standing_orders:Lapse": ("domain.standing_orders:LAPSE_WORDS",),
    "services.nominations.history:Content": ("words.nominations:CONTENT_WORDS",),
    "timetable:RequestKind": ("domain.timetable:KIND_WORDS", "blueprints.nominations.words:KIND_HINTS"),
    "migrations.revisions:Standing": ("words.schema:STANDING_WORDS",),
    "services.account.balance_files.statements:Verdict": ("blueprints.verification.words:ANSWERS",),
    "month_proofs:Part": ("blueprints.verification.words:PART_WORDS",),
    "blueprints.verification.words:Recomputed": ("blueprints.verification.words:RECOMPUTED",),
    "month_proofs:DayVerdict": ("blueprints.verification.words:DAY_VERDICTS",),
    "month_proofs:Sum": ("blueprints.verification.words:SUM_WORDS",),
    "oddities:Oddity": ("words.oddities:ODDITY_WORDS",),
    "services.measures.readings.day_sheets:Writable": ("blueprints.staff.readings.words:WRITABLE",),
    "services.market.documents:Validity": ("words.documents:VALIDITY_WORDS", "words.documents:VALIDITY_TONES"),
    "services.nominations.groups.left_out:Missed": ("blueprints.batches.words:MISSED_WORDS",),
    "services.nominations.batches.reviews:LineState": ("blueprints.batches.words:STATE_WORDS",),
    "services.files.formats:FileFormat": ("words.files:FORMATS",),
    "services.files.problems:Rule": ("words.files:RULES", "cli.words:RULES"),
    "services.files.questions:Answer": ("words.understood:_CHOICES",),
    "services.files.row_filters:Skipped": ("words.understood:_SKIPPED",),
    "services.files.spreads:Across": ("words.understood:_ACROSS",),
    "services.mail.inbox.messages:Apart": ("services.cases.pqr.mails:APART_WORDS", "cli.cases:APART"),
    "ports:Port": ("words.mails:PORT_WORDS",),
    "services.mail.contacts:Topic": ("blueprints.contacts.words:TOPIC_WORDS", "blueprints.contacts.words:TOPIC_HINTS"),
    "services.mail.outbox_desk:MailState": ("blueprints.staff.board.desk:MAIL_WORDS",),
    "services.registry.columns:Thing": ("blueprints.staff.registry.files:THING_WORDS",),
    "services.registry.search:Kind": (
        "blueprints.staff.registry.words:KIND_WORDS",
        "blueprints.staff.registry.words:ONE_WORDS",
    ),
    "services.trace.chain_findings:ChainFault": ("words.upkeep:CHAIN_WORDS",),
    "services.people.sessions:Ending": ("blueprints.login.words:ENDING_WORDS",),
    "tariffs.figures:Concept": ("words.tariffs:CONCEPT_WORDS",),
    "tariffs.differences:Change": ("words.tariffs:CHANGE_WORDS",),
    "tariffs.figures:Level": ("words.tariffs:LEVEL_WORDS",),
    "tariffs.figures:Rule": ("words.tariffs:RULE_WORDS",),
    "publications:PublicationState": (
        "words.publications:PUBLICATION_WORDS",
        "words.publications:PUBLICATION_TONES",
    ),
    "tariffs.sheet:Flaw": ("words.tariffs:FLAW_WORDS",),
    "documents:DocumentKind": ("words.documents:DOCUMENT_WORDS",),
    "documents:SummaryProblem": ("words.documents:SUMMARY_PROBLEMS",),
    "passages:PassageKind": ("words.documents:PASSAGE_WORDS",),
    "tariffs.invoice:Use": ("blueprints.market.words:USE_WORDS",),
    "tariffs.invoice:LineKind": ("blueprints.market.words:LINE_WORDS",),
    "services.ops.history.plans:OpeningFrom": ("cli.history:OPENINGS",),
    "services.ops.history.shapes:Figure": ("cli.history:FIGURES",),
    "services.ops.work_board:Waiting": ("blueprints.staff.words:WAITING_WORDS",),
}
# Nobody reads these. Each says why.
UNREAD: Mapping[str, str] = {
    "services.nominations.history:Sought": "each has a sentence of its own on the page of the history",
    "web.access:Audience": "who may open a page",
    "cli.findings:Health": "its own word on the terminal",
    "services.ops.limits:Level": "its own word on the terminal, and an exit status",
    "services.mail.outbox_desk:Lot": "its own word on the terminal",
    "accounts:LinkPurpose": "which page a link opens",
    "balance:ExceptionClause": "the number of the clause, as the contract has it",
    "authorisations:Origin": "its own letter in the book: I, P or a dash",
    "keys:LetterEvent": "leads from a state to a state",
    "accounts:Function": "what a role may do; the pages have titles",
    "settings:SettingName": "each setting has a page with its title",
    "tariffs.sheet:Basis": "its own word in Spanish, as the publication has it",
    "timetable:Verdict": "turned into a refusal",
    "gas_day:YearKind": "two links with their words, and the title of a year",
    "services.files.cells:Decimals": "how a file writes its figures, asked and told as a question",
    "services.day_book.board:BookWork": "each is a Waiting of the board, which has its words",
    "services.files.questions:Question": "asked in whole sentences with the facts of the file, a branch each",
    "services.measures.readings.refused_files:Trouble": "its values are its words",
    "services.files.hours:OneHour": "decides whether a file has totals of days; what is said is its text",
    "services.files.sheet_columns:Holds": "what a column holds",
    "services.files.units:FileUnit": "its own sign, in every language",
    "services.keys.letters.blocks:Stopped": "each has its own sentence, chosen in the page of the blocks",
    "services.people.company_users.lists:Shown": "filters with their names, each tested by its page",
    "services.people.accounts.passkeys:Purpose": "what a challenge was made for, sealed with it",
    "services.store.refusals:Refusal": "tests/rules/test_words.py holds these",
}


# Tables of words for a part only; what they leave out has its words from another, by a lookup with that one behind it.
PARTIAL: Mapping[str, str] = {
    "QUIET_WORDS": "what waits is said by WAITING_WORDS, which is total",
}


def modules() -> Iterator[ModuleType]:
    """Every module of the portal that can be imported for itself."""
    for found in pkgutil.walk_packages(portal.__path__, "portal."):
        if not found.name.endswith("__main__") and "migrations" not in found.name:
            yield importlib.import_module(found.name)


@cache
def enums() -> Mapping[str, type[enum.Enum]]:
    """Every enum of the portal by its name here: "module:name", without "portal." and "domain."."""
    found = {
        value
        for module in modules()
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, enum.Enum) and value.__module__.startswith("portal.")
    }
    return {
        f"{each.__module__.removeprefix('portal.').removeprefix('domain.')}:{each.__name__}": each
        for each in found
        if len(each)
    }


def table(name: str) -> Mapping[object, object]:
    """The table "module:name" or, inside of a table, "module:name.enum"."""
    module, _, rest = name.partition(":")
    title, _, inner = rest.partition(".")
    found: Mapping[object, object] = getattr(importlib.import_module(f"portal.{module}"), title)
    if inner:
        found = next(words for kind, words in found.items() if getattr(kind, "__name__", "") == inner)  # type: ignore[misc]
    return found


def test_every_enum_is_shown_by_a_table_or_read_by_nobody() -> None:
    assert sorted(enums().keys() - SHOWN.keys() - UNREAD.keys()) == []
    assert sorted((SHOWN.keys() | UNREAD.keys()) - enums().keys()) == []
    assert SHOWN.keys() & UNREAD.keys() == set()


@pytest.mark.parametrize(("name", "title"), [(name, title) for name, titles in SHOWN.items() for title in titles])
def test_a_table_has_words_for_every_member(name: str, title: str) -> None:
    words = table(title)
    assert [member.name for member in enums()[name] if member not in words] == []
    assert all(said or said == "" for said in words.values())


def test_every_other_table_of_words_is_total_too() -> None:
    """What is keyed by an enum and holds words, wherever it stands; refusals are split by step."""
    spoken, partial = set(enums().values()) - {enums()["services.store.refusals:Refusal"]}, []
    for module in modules():
        for title, value in vars(module).items():
            if (
                title in PARTIAL
                or not isinstance(value, dict)
                or not re.search("WORDS|TONES|STATES|TITLES|FLAGS|PROBLEMS|ANSWERS", title)
            ):
                continue
            kinds = {type(key) for key in value}
            if len(kinds) == 1 and (kind := kinds.pop()) in spoken and len(value) < len(kind):
                partial.append(f"{module.__name__}:{title}")
    assert partial == []


def test_the_audit_says_each_value_in_one_way() -> None:
    from portal.words.audit import AUDITED, VALUE_WORDS

    for kind, words in AUDITED.items():
        assert [member.name for member in kind if member not in words] == []
        assert all(VALUE_WORDS[member.value] == said for member, said in words.items()), kind


def test_no_template_looks_words_up_by_itself() -> None:
    """A dictionary in a template is a table that no test reaches; a chain of comparisons forgets the next member."""
    own = re.compile(r"\}\s*(\[[\w.]+\]|\.get\()")
    found = [
        f"{path.relative_to(TEMPLATES)}:{number}"
        for path in sorted(TEMPLATES.rglob("*.html"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if own.search(line) or re.search(r"\{% set \w*words\w* = \{", line)
    ]
    assert found == []

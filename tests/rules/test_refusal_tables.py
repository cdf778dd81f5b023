"""Every step has words for every refusal that its use cases can raise, and no refusal leaves a page unsaid.

Which refusals those are is read off the sources: ``refusal_paths``. It takes in too much; what cannot happen is named
here with the reason.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from types import FunctionType

import click
from flask import Flask

from portal.blueprints.api.refusals import WORDS
from portal.blueprints.staff.balance.words import ADJUSTMENT_WORDS
from portal.blueprints.staff.readings.words import READING_WORDS
from portal.blueprints.staff.registry.words import REGISTRY_WORDS
from portal.cli.commands import main
from portal.cli.words import REFUSALS
from portal.services.cases.pqr.mails import LEFT_OUT
from portal.services.store.refusals import Refusal
from tests.application import RunningPortal

from .refusal_paths import Step, functions_of, met, modules, name_of, steps, swallows, tree, tries

R = Refusal
_OF_A_DAY = frozenset(
    {
        R.TOO_EARLY,
        R.TOO_LATE,
        R.CANCEL_TOO_LATE,
        R.TOO_MANY_RENOMINATIONS,
        R.NOT_IN_FORCE,
        R.UNUSUAL_QUANTITY,
        R.ABOVE_MAXIMUM,
        R.BELOW_FLOOR,
    }
)
# A kind of file takes itself in by a method that all kinds have; these are of the registry's alone.
_OF_REGISTRY = frozenset({R.CARRIER_CODE_TAKEN, R.POINT_NAME_TAKEN, R.NIT_TAKEN, R.CONTRACT_NUMBER_TAKEN})
_OF_TARIFFS = frozenset({R.TARIFFS_NOT_REVIEWED, R.TARIFFS_PENDING})
# What does not leave a function, each with why.
NEVER: Mapping[str, frozenset[Refusal]] = {
    # The distributor withdraws by his role: ``Operator`` is bound by no rule of the day and has no key.
    "services.nominations.ended:_withdraw": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED, R.KEY_ENDED},
    # What was in force goes on at another point by the operator's role, or as one of the rule.
    "services.nominations.handed:_put": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED, R.KEY_ENDED},
    # What both points ask together, or each of its part, likewise.
    "services.nominations.handed:restate": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED, R.KEY_ENDED},
    # The operator accepts by his role, likewise; what ends the point is refused by ``_check`` before.
    "services.nominations.late:_put_in_force": _OF_A_DAY | {R.NOT_APPROVED, R.KEY_ENDED},
    # Lines that the rules refuse make the list not ready, and so does the close that passes while it is written.
    "services.nominations.batches.signatures:_put_in_force": _OF_A_DAY,
    # Likewise, of all points of a contract.
    "services.nominations.groups.signatures:_put_in_force": _OF_A_DAY,
    # The portal's own complaint has no file, and no form that could come twice.
    "services.cases.pqr.filings:open_complaint": frozenset({R.CASE_FILES_SPENT, R.CASE_SENT_BEFORE}),
    # A mail comes from no address of the network, and is known by its own digest.
    "services.cases.pqr.mailed_cases:_file": frozenset({R.CASE_FILES_SPENT, R.CASE_SENT_BEFORE}),
    # The rule of a close nominates for a day that is over: ``Rule`` is bound by no close and has no key.
    "services.nominations.day_closes.closes:_fill": _OF_A_DAY | {R.KEY_ENDED},
    # Weighs what a page shows, and demands nothing.
    "services.nominations.batches.reviews:review": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED},
    "services.nominations.groups.reviews:review": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED},
    "services.nominations.groups.overviews:load_overview": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED},
    # Likewise: the view puts the verdict beside its field.
    "services.nominations.standing_orders.reviews:review": _OF_A_DAY
    | {R.CONTRACT_INACTIVE, R.NOT_APPROVED, R.STANDING_ORDER_OVER},
    # Likewise: the page of a prepared change says the verdict with the words of the wizard.
    "services.nominations.drafts:refuse_day": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED},
    # A verdict against an order is told by mail, and nothing is put in force; its proof has no key to end.
    "services.nominations.day_closes.closes:_use_orders": _OF_A_DAY
    | {R.CONTRACT_INACTIVE, R.NOT_APPROVED, R.KEY_ENDED},
    # The plan has refused such rows by their line.
    "services.day_book.confirmation_files:ConfirmationFiles.take_in": frozenset(
        {R.CONFIRMED_WITHOUT_REASON, R.REASON_TOO_LONG}
    ),
    # The point is new, so that no letter of it is under way; the letter renews the numeric key.
    "services.registry.succession:change": frozenset({R.LETTER_UNDER_WAY, R.LETTER_EMPTY}),
    "services.registry.divisions:change": frozenset({R.LETTER_UNDER_WAY, R.LETTER_EMPTY}),
}


# A file that says nothing new is refused only by the kinds that name it.
_SAYS_NOTHING_NEW = frozenset({R.NOTHING_TO_IMPORT, R.TARIFFS_UNCHANGED})
_OF_BOOK = frozenset({R.BOOK_DAY_OVER, R.BOOK_UNCHANGED, R.NOTHING_TO_PUBLISH})
# What a step does not meet, each with why.
NOT_MET: Mapping[str, frozenset[Refusal]] = {
    # The file holds authorised quantities.
    "blueprints.staff.whole_files:decide_file@blueprints.staff.day_book.files": _OF_REGISTRY | _OF_TARIFFS,
    # The file holds answers of the transporter, or volumes of gates.
    "blueprints.staff.whole_files:decide_file@blueprints.staff.day_book.confirmation_files": _OF_REGISTRY | _OF_TARIFFS,
    "blueprints.staff.whole_files:decide_file@blueprints.staff.gates.files": _OF_REGISTRY
    | _OF_TARIFFS
    | {R.REASON_MISSING, R.REASON_TOO_LONG},
    # The row holds a reading or a heating value.
    "blueprints.staff.readings.held:held_row": _OF_REGISTRY | _OF_TARIFFS,
    # The file holds the registry.
    "blueprints.staff.registry.files:registry_file": frozenset({R.TARIFFS_UNCHANGED}),
    "blueprints.staff.registry.files:act_on_registry_upload": _OF_TARIFFS | {R.REASON_MISSING, R.REASON_TOO_LONG},
    # The file holds tariffs.
    "blueprints.staff.tariffs.files:tariff_file": frozenset({R.NOTHING_TO_IMPORT}),
    "blueprints.staff.tariffs.files:act_on_tariff_upload": _OF_REGISTRY,
}
# What a view would let go on, but cannot happen: each with why.
NOT_TAKEN: Mapping[str, frozenset[Refusal]] = {
    # The form has read the address by the same function.
    "blueprints.login.views:forgot": frozenset({R.EMAIL_MALFORMED}),
    # The document was just weighed and is handed on: the day's facts ask for nothing again.
    "blueprints.nominations.wizard:signature": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED},
    # Weighed to choose the page that it leads to: a verdict, which is not raised.
    "blueprints.calls.followings:prepared": _OF_A_DAY | {R.CONTRACT_INACTIVE, R.NOT_APPROVED},
    # Only files of the registry and of tariffs refuse one that says nothing new: ``nothing_new`` of the others is None.
    "blueprints.staff.readings.previews:readings_file": _SAYS_NOTHING_NEW,
    "blueprints.staff.readings.previews:heating_value_file": _SAYS_NOTHING_NEW,
    "blueprints.staff.day_book.files:day_book_file": _SAYS_NOTHING_NEW,
    "blueprints.staff.day_book.confirmation_files:confirmation_file": frozenset(
        {R.NOTHING_TO_IMPORT, R.TARIFFS_UNCHANGED}
    ),
    "blueprints.staff.gates.files:gate_file": _SAYS_NOTHING_NEW,
    # The act is picked before the ``try`` that calls it; the step above counts it.
    "blueprints.staff.day_book.views:act_on_day_book": _OF_BOOK
    | {
        R.ALL_QUESTIONED,
        R.NOTHING_TO_CONFIRM,
        R.SENT_TO_MISSING,
        R.MONTH_CLOSED,
        R.REASON_MISSING,
        R.REASON_TOO_LONG,
        R.CONTRACT_INACTIVE,
        R.LATE_REPLACED,
        R.LATE_DAY_OVER,
        R.LATE_DECIDED,
    },
}


# What a command cannot meet, likewise; none of them takes a file of the registry or of tariffs.
NOT_PRINTED: Mapping[str, frozenset[Refusal]] = {
    "cli.files:import_readings": _OF_REGISTRY | _OF_TARIFFS,
    "cli.files:import_heating_values": _OF_REGISTRY | _OF_TARIFFS,
    "cli.worker:worker": _OF_REGISTRY | _OF_TARIFFS,
    # The demonstration's own rows: new ones, in a store that the command has found empty.
    "cli.demo:load": _OF_REGISTRY | _OF_TARIFFS | _OF_BOOK | {R.EXIT_CODE_TAKEN, R.CONTACT_TWICE, R.DOCUMENT_THERE},
    "cli.demo:reset": _OF_REGISTRY | _OF_TARIFFS | _OF_BOOK | {R.EXIT_CODE_TAKEN, R.CONTACT_TWICE, R.DOCUMENT_THERE},
}


# Services that keep a refusal for the page to tell, and the table by which it does; None where none is told.
KEPT: Mapping[str, Mapping[Refusal, str] | None] = {
    "services.ledger.closings.board:close_points": READING_WORDS,
    "services.ledger.adjustment_requests:list_requests": ADJUSTMENT_WORDS,
    "services.registry.plans:_Planner.take": REGISTRY_WORDS,
    "services.registry.files:_Reading._key": REGISTRY_WORDS,
    "services.store.identity:normalise_typed_email": None,
    "services.cases.pqr.attachments:select_files": LEFT_OUT,
    # A letter without an address that can be one is set apart as such.
    "services.mail.inbox.messages:_sender": None,
    # Another ``Refused``: that of the process which reads a workbook.
    "services.files.workbook_child:main": None,
}


@cache
def found() -> tuple[Step, ...]:
    return tuple(steps(NEVER))


def unsaid(step: Step) -> list[str]:
    """The refusals of a step that none of its tables says, each with its way."""
    said = {refusal for table in step.tables for refusal in table}
    said |= NOT_MET.get(step.name.rsplit(":", 1)[0], frozenset())
    return [f"{refusal.name} by {' > '.join(way)}" for refusal, way in step.met.items() if refusal not in said]


def met_by(function: FunctionType) -> Mapping[Refusal, tuple[str, ...]]:
    """What leaves a view or a command unless somebody above it takes it."""
    source = tree(function)
    assert isinstance(source, ast.Module)
    return met(source.body[0], function.__globals__, NEVER)


def views(app: Flask, *, api: bool) -> list[FunctionType]:
    """The views of the API, or all others."""
    unwrapped = [inspect.unwrap(view) for view in app.view_functions.values()]
    return [
        view
        for view in unwrapped
        if isinstance(view, FunctionType)
        and view.__module__.startswith("portal.")
        and (".api." in view.__module__) == api
    ]


def commands(group: click.Command = main) -> Iterator[FunctionType]:
    """The functions of all commands, however deep."""
    function = inspect.unwrap(group.callback) if group.callback else None
    if isinstance(function, FunctionType):
        yield function
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            command = group.get_command(context, name)
            assert command is not None
            yield from commands(command)


def test_every_step_has_words_for_every_refusal_that_it_can_meet() -> None:
    assert [(step.name, unsaid(step)) for step in found() if step.tables and unsaid(step)] == []


def test_a_step_that_says_nothing_of_a_refusal_leads_to_a_page_that_does() -> None:
    """A link that is spent has its own page, with where to go; a file that was decided says so itself."""
    assert {(step.name.rsplit(":", 1)[0], *step.met) for step in found() if not step.tables} == {
        ("blueprints.login.enrolment:invitation", R.LINK_SPENT),
        ("blueprints.login.views:verify", R.LINK_SPENT),
        ("blueprints.login.views:reset", R.LINK_SPENT),
        ("blueprints.staff.readings.previews:_show", R.FILE_DECIDED),
        ("blueprints.staff.readings.previews:_review", R.FILE_DECIDED),
    }


def test_refusals_that_a_service_keeps_have_words_where_they_are_told() -> None:
    kept = {
        name_of(function): met(ast.Module(body=node.body, type_ignores=[]), function.__globals__, NEVER)
        for name, module in modules().items()
        if name.startswith("portal.services.")
        for function in functions_of(module)
        for node, handler in tries(function)
        if swallows(handler)
    }
    assert kept.keys() == KEPT.keys()
    unsaid = {
        f"{name}: {refusal.name} by {' > '.join(way)}"
        for name, refusals in kept.items()
        if (table := KEPT[name]) is not None
        for refusal, way in refusals.items()
        if refusal not in table
    }
    assert sorted(unsaid) == []


def test_the_api_has_words_for_every_refusal_of_its_views(portal: RunningPortal) -> None:
    unsaid = {
        f"{name_of(view)}: {refusal.name} by {' > '.join(way)}"
        for view in views(portal.app, api=True)
        for refusal, way in met_by(view).items()
        if refusal not in WORDS
    }
    assert sorted(unsaid) == []


def test_every_refusal_of_a_page_is_taken_by_a_step(portal: RunningPortal) -> None:
    left = {
        f"{name_of(view)}: {refusal.name} by {' > '.join(way)}"
        for view in views(portal.app, api=False)
        for refusal, way in met_by(view).items()
        if refusal not in NOT_TAKEN.get(name_of(view), ())
    }
    assert sorted(left) == []


def test_the_commands_have_words_for_every_refusal_of_theirs() -> None:
    unsaid = {
        f"{name_of(command)}: {refusal.name} by {' > '.join(way)}"
        for command in commands()
        for refusal, way in met_by(command).items()
        if refusal not in REFUSALS and refusal not in NOT_PRINTED.get(name_of(command), ())
    }
    assert sorted(unsaid) == []


def test_what_is_said_never_to_happen_is_still_met() -> None:
    """An exception that covers nothing any more goes from the lists."""
    names = {name_of(function) for module in modules().values() for function in functions_of(module)}
    names |= {step.name.rsplit(":", 1)[0] for step in found()}
    assert sorted((NEVER.keys() | NOT_MET.keys() | NOT_TAKEN.keys() | NOT_PRINTED.keys()) - names) == []


def test_a_refusal_is_found_through_helpers_tables_and_broken_constraints() -> None:
    """The reading itself: each step names a refusal that only such a way leads to."""
    known = {step.name.rsplit(":", 1)[0]: step.met for step in found()}
    assert R.PASSWORD_COMMON in known["blueprints.login.views:register"]
    assert R.NIT_CHECK_DIGIT in known["blueprints.staff.registry.companies:new_registry_company"]
    assert R.CONTACT_TWICE in known["blueprints.contacts.views:_add"]
    assert R.NOTHING_TO_PUBLISH in known["blueprints.staff.day_book.views:act_on_day_book"]
    succession = known["blueprints.staff.registry.succession:registry_point_from_a_day"]
    assert {R.POINT_NOT_SERVED, R.CONTRACT_OVER, R.CHANGE_IN_CLOSED_MONTH} <= succession.keys()


def test_a_word_that_a_table_lacks_is_found() -> None:
    step = next(step for step in found() if step.name.startswith("blueprints.contacts.views:_add"))
    (table,) = step.tables
    poorer = step._replace(tables=({key: words for key, words in table.items() if key is not R.CONTACT_TWICE},))
    assert [line.split()[0] for line in unsaid(poorer)] == ["CONTACT_TWICE"]

"""The guide holds together: 24 steps, sorted terms, one anchor each, links that lead somewhere, known facts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from string import Formatter

import pytest

from portal.blueprints.market import guide as pages
from portal.domain.searched import comparable
from portal.services.store.acts import Act
from portal.words import glossary, guide, guide_questions, guide_steps
from portal.words.marked_text import Piece, plain, read_pieces
from tests.application import RunningPortal
from tests.distributors import FIRST

SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Left to right: what a text may hold once its marks are read.
MARKS = re.compile(r"[*\[\]{}]|\]\(")
# Asked for by name: each has its answer.
ASKED = ("si-perdi-la-carta", "si-la-clave-esta-bloqueada", "si-se-me-paso-el-cierre", "si-nomine-otra-cantidad")
DEFINED = {
    *(
        "gnv",
        "atr",
        "eds",
        "dia-de-gas",
        "nominacion",
        "re-nominacion",
        "autorizado",
        "desbalance",
        "cuenta-de-balance",
    ),
    *("mbtu", "kpc", "poder-calorifico", "punto-de-salida", "clave-web", "clave-numerica", "radicado", "cruce"),
    *("cuenta-de-balance", "tolerancia"),
}


def texts() -> Iterator[tuple[str, str]]:
    """Give every text of the guide with the anchor under which it stands."""
    for step in guide_steps.STEPS:
        yield f"paso-{step.number}", step.text
    for chapter in guide_steps.CHAPTERS:
        yield chapter.slug, chapter.note
    for question in guide_questions.QUESTIONS:
        for text in question.answer:
            yield question.slug, text
    for term in glossary.TERMS:
        yield f"termino-{term.slug}", term.text


@pytest.fixture
def passages(portal: RunningPortal) -> list[guide.Passage]:
    with portal.session() as session:
        return list(guide.list_passages(Act.of_system(session, portal.clock.now), distributor=FIRST))


def test_the_guide_has_24_steps_in_one_count():
    assert [step.number for step in guide_steps.STEPS] == list(range(1, 25))


def test_every_step_says_what_its_picture_shows_or_why_it_has_none():
    assert [step.number for step in guide_steps.STEPS if bool(step.picture) == bool(step.without)] == []
    assert all(step.picture.endswith(".") for step in guide_steps.STEPS if step.picture)


def test_terms_stand_in_alphabetical_order():
    keys = [comparable(term.title.partition(",")[0]) for term in glossary.TERMS]
    assert keys == sorted(keys)


def test_what_customers_ask_for_by_name_is_there():
    assert set(ASKED) <= {question.slug for question in guide_questions.QUESTIONS}
    assert {term.slug for term in glossary.TERMS} >= DEFINED


def test_every_anchor_is_one_and_on_the_page_that_its_path_names(portal: RunningPortal, passages: list[guide.Passage]):
    anchors = [passage.path.partition("#")[2] for passage in passages]
    assert len(set(anchors)) == len(anchors) > 80
    assert [anchor for anchor in anchors if not SLUG.fullmatch(anchor)] == []
    browser, shown = portal.browser(), {}
    for passage in passages:
        path, _, anchor = passage.path.partition("#")
        page = shown.setdefault(path, None) or browser.open(path)
        shown[path] = page
        found = page.select(f"#{anchor}")
        assert len(found) == 1, passage.path
        assert passage.title in found[0].get_text(), passage.path
        assert guide.path_of(anchor) == passage.path


def test_passages_are_plain_text_with_their_facts(passages: list[guide.Passage]):
    assert [passage for passage in passages if MARKS.search(passage.title + passage.text)] == []
    assert all(len(passage.text) > 20 and passage.text[-1] in ".?" for passage in passages)
    said = {passage.path: passage.text for passage in passages}
    assert "las 12:00 del día anterior" in said["/guia#paso-20"]
    assert "12 letras y números" in said["/guia#paso-10"]


def test_every_fact_that_a_text_names_is_known(portal: RunningPortal):
    with portal.session() as session:
        facts = guide.read_facts(Act.of_system(session, portal.clock.now), distributor=FIRST)
    for where, text in texts():
        named = {field.split(".")[0] for _, field, *_ in Formatter().parse(text) if field is not None}
        assert named <= facts.keys(), where


def test_every_link_of_the_guide_leads_somewhere(portal: RunningPortal, passages: list[guide.Passage]):
    with portal.session() as session:
        facts = guide.read_facts(Act.of_system(session, portal.clock.now), distributor=FIRST)
    anchors = {passage.path for passage in passages}
    browser, tried = portal.browser(), set()
    browser.open("/guia")
    for where, text in texts():
        for piece in read_pieces(text.format_map(facts)):
            if not piece.target or piece.target in tried:
                continue
            tried.add(piece.target)
            with portal.app.test_request_context():
                address = pages.address_of(piece.target)
            if "#" in address:
                assert address in anchors, f"{where}: {piece.target}"
            elif address.startswith("/"):
                assert browser.open(address).status == 200, f"{where}: {piece.target}"
            else:
                assert address.startswith(("tel:+57", "https://")), f"{where}: {piece.target}"
    assert len(tried) > 30


def test_marks_are_read_into_pieces_and_left_out_of_plain_text():
    text = "Use la **clave web** y [entre](login.sign_in)."
    assert read_pieces(text) == (
        Piece("Use la "),
        Piece("clave web", is_strong=True),
        Piece(" y "),
        Piece("entre", "login.sign_in"),
        Piece("."),
    )
    assert plain(text) == "Use la clave web y entre."

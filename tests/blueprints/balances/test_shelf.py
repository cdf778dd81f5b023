"""Sheets that are kept: the same text under the same key, and only so many."""

from __future__ import annotations

from portal.blueprints.balances.shelf import Rendered, Shelf


def test_what_is_kept_is_not_made_again_and_the_longest_unused_goes_first() -> None:
    shelf, made = Shelf(most=2), []

    def ask(key: str) -> str:
        def make() -> Rendered:
            made.append(key)
            return Rendered.of(key)

        return shelf.get(key, make).markup

    assert [ask(key) for key in "abacab"] == list("abacab")
    # c takes the place of b, which was used before a; then b has to be made again.
    assert made == ["a", "b", "c", "b"]


def test_signs_beyond_latin_1_become_references() -> None:
    kept = Rendered.of("<b>−3 m³ – año</b>")
    assert kept.__html__() == "<b>&#8722;3 m³ &#8211; año</b>"

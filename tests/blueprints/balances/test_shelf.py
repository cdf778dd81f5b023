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


def test_what_is_kept_is_small_and_reads_as_it_was_rendered() -> None:
    markup = "<b>−3 m³ – año</b>\n" * 500
    kept = Rendered.of(markup)
    assert kept.__html__() == markup
    assert len(kept.piece.coded) < len(markup.encode()) / 20


def test_breaks_between_cells_go_and_those_between_words_stay() -> None:
    kept = Rendered.of("<tr><td>1</td>\n  <td>2</td></tr>\n<tr><td>\n<a>3</a>\n<a>4</a></td>\n</tr>")
    assert kept.markup == "<tr><td>1</td><td>2</td></tr><tr><td>\n<a>3</a>\n<a>4</a></td>\n</tr>"

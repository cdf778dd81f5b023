"""Rules of the URL map that compile their builders at the first use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

from portal.domain.modalities import Modality
from portal.services.store.refusals import NotFound


class LateRule(Rule):
    """Rule that matches from the start and compiles its builders at the first ``url_for``.

    Werkzeug writes and compiles two functions per rule when it is added: nine tenths of ``create_app``, for rules most
    of which a process never builds.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder

        # Parts of an address may have any name: only the first argument is positional.
        def build(rule: LateRule, /, **values: Any) -> tuple[str, str]:
            compiled = compile_now(append_unknown)
            # Two threads may compile at once; the result is the same.
            setattr(rule, "_build_unknown" if append_unknown else "_build", compiled.__get__(rule, None))
            return compiled(rule, **values)

        return build


def modality_of(word: str) -> Modality:
    """Return the modality named in a URL; raises ``NotFound`` for any other word."""
    try:
        return Modality(word)
    except ValueError:
        raise NotFound from None

"""The rules of the URL map: what builds an address is compiled when an address of that rule is first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class LateRule(Rule):
    """A rule that matches from the start, and compiles what builds its addresses at the first ``url_for``.

    Werkzeug writes and compiles two functions a rule when the rule is added: nine tenths of ``create_app``, paid by
    every start for rules most of which the process never builds.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder

        # Parts of an address may have any name: only the first argument is passed by its place.
        def build(rule: LateRule, /, **values: Any) -> tuple[str, str]:
            compiled = compile_now(append_unknown)
            # Two threads may both come here; what they compile is the same.
            setattr(rule, "_build_unknown" if append_unknown else "_build", compiled.__get__(rule, None))
            return compiled(rule, **values)

        return build

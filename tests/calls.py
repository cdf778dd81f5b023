"""Count of the calls of a function, where a test holds how often it is asked."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest


def count_calls(monkeypatch: pytest.MonkeyPatch, module: ModuleType, name: str) -> list[tuple[Any, ...]]:
    """Return a list that gets the arguments of each call of a module's function, which goes on as before."""
    asked: list[tuple[Any, ...]] = []
    real = getattr(module, name)

    def call(*given: Any, **named: Any) -> Any:
        asked.append(given)
        return real(*given, **named)

    monkeypatch.setattr(module, name, call)
    return asked

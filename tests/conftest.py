"""What every test may use. The fixtures live beside what they give; this file only gathers them."""

import os
from collections.abc import Callable

import pytest
from hypothesis import settings

from portal.migrations import runner
from portal.models.engine import make_engine

pytest_plugins = ["tests.databases.fixtures"]

# The same examples on every machine and every run; HYPOTHESIS_PROFILE=thorough looks for new ones.
settings.register_profile("suite", deadline=None, max_examples=60, derandomize=True)
settings.register_profile("thorough", deadline=None, max_examples=3000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))


@pytest.fixture(scope="session")
def migrate() -> Callable[[str], None]:
    """How a new database gets its tables: `migrate(url)`. Templates of both kinds are made with it."""

    def to_the_newest(url: str) -> None:
        engine = make_engine(url)
        runner.upgrade(engine)
        engine.dispose()

    return to_the_newest

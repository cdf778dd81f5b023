"""A system with a token that may nominate, and one more company that it must not see."""

import pytest

from tests.application import RunningPortal
from tests.blueprints.api.system import System, system


@pytest.fixture
def erp(portal: RunningPortal) -> System:
    """The system of a customer who has opened contract and point."""
    return system(portal)


@pytest.fixture
def stranger(portal: RunningPortal) -> System:
    """The system of another company."""
    return system(portal)

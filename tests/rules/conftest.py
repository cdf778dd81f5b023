"""Fixtures of the rules about answers."""

import pytest

from tests.application import RunningPortal
from tests.rules.visit import Visit, visit


@pytest.fixture
def everything(portal: RunningPortal) -> Visit:
    """A customer who has opened everything, and an address for every route."""
    return visit(portal)

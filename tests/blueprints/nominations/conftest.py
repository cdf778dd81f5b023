"""The wizard's customers have their contract open."""

import pytest

from tests.customer import Customer


@pytest.fixture
def customer(customer: Customer) -> Customer:
    """A signed-in customer whose contract is open."""
    customer.use_keys(of_point=False)
    return customer

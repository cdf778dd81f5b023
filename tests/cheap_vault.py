"""Vaults with cheap hashes; `test_vault` checks the cost of the real ones."""

from __future__ import annotations

from argon2 import PasswordHasher

from portal.services.store.vault import Vault

# The least Argon2 accepts. It checks with the parameters that a hash was made with.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def cheapen(vault: Vault) -> Vault:
    """Make the hashes of this vault cheap; return it."""
    vault._keys = vault._passwords = CHEAP
    return vault

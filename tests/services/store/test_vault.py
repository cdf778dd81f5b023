"""What keys and passwords cost whoever guesses them (docs/security.md, "Keys at rest")."""

from __future__ import annotations

from argon2 import Type, extract_parameters

from portal.services.store.vault import Vault


def test_passwords_and_keys_are_hashed_at_the_cost_that_was_decided():
    vault = Vault(b"a pepper that only the tests know, 32 bytes and more")
    for hasher, kibibytes in ((vault._passwords, 64 * 1024), (vault._keys, 19 * 1024)):
        used = extract_parameters(hasher.hash("caballo grapa batería"))
        assert (used.type, used.memory_cost, used.time_cost, used.parallelism) == (Type.ID, kibibytes, 2, 1)


def test_the_same_password_is_sealed_differently_each_time_and_for_one_owner_only(vault: Vault):
    one, other = (vault.seal_password("caballo grapa batería", "ana") for _ in range(2))
    assert one != other
    assert vault.password_matches(one, "caballo grapa batería", "ana")
    assert not vault.password_matches(one, "caballo grapa batería", "luis")
    assert not vault.password_matches(None, "caballo grapa batería", "ana")

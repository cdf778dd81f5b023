"""Proofs that the tests' own tools find what they are there to find."""

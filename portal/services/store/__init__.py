"""Base of every use case: acts, transactions and their locks, counters, numbers, refusals, the vault."""

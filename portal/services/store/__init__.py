"""What every use case stands on: transactions and their locks, counters, numbers, what is refused."""

"""Pages of the balance sheet."""

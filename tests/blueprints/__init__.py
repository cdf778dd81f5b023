"""Pages of each step."""

"""Commands, run as typed."""

"""Measured gas: readings and heating values, by hand and by file."""

"""Typed tables, one noun a file."""

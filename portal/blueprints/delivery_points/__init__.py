"""Choosing the EDS or company."""

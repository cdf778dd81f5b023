"""Entering the numeric key of a delivery point."""

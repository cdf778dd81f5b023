"""Entering the web key of a contract."""

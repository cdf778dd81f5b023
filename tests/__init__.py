"""Tests: sentences about what the portal does, mirroring its folders."""

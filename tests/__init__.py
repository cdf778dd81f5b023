"""Tests: sentences about the portal, mirroring its folders."""

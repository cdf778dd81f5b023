"""Use cases: one noun a module; no Flask, no forms."""

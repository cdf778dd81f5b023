"""Use cases, one noun a module; they commit and know nothing of the web."""

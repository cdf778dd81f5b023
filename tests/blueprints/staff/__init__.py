"""The consoles on their pages."""

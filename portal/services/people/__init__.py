"""People: accounts, sessions, second factors, colleagues, and what acts in their name."""

"""People: accounts, sessions, second factors, colleagues, API tokens and calendar feeds."""

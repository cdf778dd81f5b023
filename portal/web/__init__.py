"""Frame of a request: access, answers, errors, limits."""

"""Liveness and readiness for whoever watches the server."""

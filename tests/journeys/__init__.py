"""Journeys through the portal by its real forms, without JavaScript."""

"""Dated facts of a delivery point: codes, service, settings, the rule at the close."""

"""Contacts of a company and their mail, kept by its own people."""

from .views import blueprint

__all__ = ["blueprint"]

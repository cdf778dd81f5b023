"""PQR: petitions, complaints, claims and appeals, filed and followed by anybody."""

from .views import blueprint

__all__ = ["blueprint"]

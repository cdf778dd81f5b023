"""Whether a paper that somebody holds is a statement of ours: open to everybody, shows no figure."""

from .views import blueprint

__all__ = ["blueprint"]

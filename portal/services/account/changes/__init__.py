"""Qué cambió desde su última visita: what is new in the accounts a person looks at, until they mark it as read."""

from portal.services.keys.visits import begin, mark_read

from .news import Change, PointNews, news, something_new

__all__ = ["Change", "PointNews", "begin", "mark_read", "news", "something_new"]

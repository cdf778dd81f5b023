"""Changes since the last visit: news of the accounts that a person reads, until they mark them as read."""

from portal.services.keys.visits import begin, mark_read

from .news import Change, PointNews, news, something_new

__all__ = ["Change", "PointNews", "begin", "mark_read", "news", "something_new"]

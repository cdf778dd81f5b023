"""Changes since the last visit: news of the accounts that a person reads, until they mark them as read."""

from portal.services.keys.visits import begin, mark_read

from .news import Change, PointNews, has_news, load_news

__all__ = ["Change", "PointNews", "begin", "has_news", "load_news", "mark_read"]

"""Fast path: the quantities offered for a point, and the draft that starts with one."""

from .offers import Offer, PointOffers, begin, next_open_offers, offers

__all__ = ["Offer", "PointOffers", "begin", "next_open_offers", "offers"]

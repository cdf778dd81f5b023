"""Fast path: the quantities offered for a point, and the draft that starts with one."""

from .offers import Offer, PointOffers, begin, load_next_open_offers, load_offers

__all__ = ["Offer", "PointOffers", "begin", "load_next_open_offers", "load_offers"]

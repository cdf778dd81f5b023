"""Fast path: the quantities offered for a point, and the draft that starts with one."""

from .offers import Offer, PointOffers, begin, fill_days, load_next_open_offers, load_offers

__all__ = ["Offer", "PointOffers", "begin", "fill_days", "load_next_open_offers", "load_offers"]

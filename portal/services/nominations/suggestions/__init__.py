"""The fast path: what a point is offered to ask for, and the draft that begins with it."""

from .offers import Offer, PointOffers, begin, next_open_offers, offers

__all__ = ["Offer", "PointOffers", "begin", "next_open_offers", "offers"]

"""Limits of one table: a page of fields that a browser and a reader take in, fifty points by a week."""

from __future__ import annotations

MOST_POINTS, MOST_DAYS = 50, 7

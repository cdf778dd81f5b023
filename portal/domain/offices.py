"""Whom to call: the emergency line where gas smells or burns, the exchange for everything else."""

from __future__ import annotations

# Only for gas that smells, leaks or burns, and in the footer of every page.
EMERGENCY_LINE = "164 – (608) 6819077"
# Letters, keys, approvals, cuts, unknown signatures and whatever else the office answers.
PBX = "(608) 681 9130"

"""Upkeep of the portal: duties, boards, backups, anchors, and the checks of stored rows."""

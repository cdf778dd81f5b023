"""The portal's own upkeep: duties, boards, backups, anchors."""

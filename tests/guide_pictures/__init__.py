"""Pictures of the guide: taken from the real pages by one walk, and held to them by fingerprints (adr/0122)."""

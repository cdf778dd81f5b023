"""The database as the revisions make it, on both kinds."""

"""Property tests without a stop-watch: two busy cores are no failure."""

from hypothesis import settings

settings.register_profile("portal", deadline=None)
settings.load_profile("portal")

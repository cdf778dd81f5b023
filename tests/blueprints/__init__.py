"""Each step of the way, seen through its pages."""

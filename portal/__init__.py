"""Customer portal of a gas supplier."""

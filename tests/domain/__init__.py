"""Values and arithmetic of the gas day, by example and by property."""

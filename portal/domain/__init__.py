"""Values and arithmetic of the gas day; standard library only."""

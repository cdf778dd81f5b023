"""The public front door: home, tariffs, contract, notices, guide."""

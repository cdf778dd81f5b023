"""Cases: complaints and requests of customers, each with its term; those about a gas day too."""

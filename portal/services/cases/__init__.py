"""Cases: complaints and requests of customers, each with its term."""

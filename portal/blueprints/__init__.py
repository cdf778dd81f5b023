"""One package per step of the customer's way, in its order."""

"""What holds for a delivery point from a day on: codes, service, settings, the rule at the close."""

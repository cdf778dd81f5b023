"""The balance sheet of a delivery point."""

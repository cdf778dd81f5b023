"""The balance sheet before its reader."""

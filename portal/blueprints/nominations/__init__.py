"""The nomination wizard, its receipts and history."""

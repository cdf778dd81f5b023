"""The wizard, its receipts and its history, through their pages."""

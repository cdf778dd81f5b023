"""What happened and that nobody changed it: the audit and its chain, receipts, evidence."""

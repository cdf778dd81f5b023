"""Trace of every act: the audit and its chain, receipts, evidence."""

"""Printed papers: letters of keys and receipts."""

"""Choosing the contract modality."""

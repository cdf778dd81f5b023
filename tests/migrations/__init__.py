"""Migrations on both kinds of database."""

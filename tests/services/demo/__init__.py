"""The demonstration that people try the portal with."""

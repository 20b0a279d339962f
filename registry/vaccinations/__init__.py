"""Doses given and not given."""

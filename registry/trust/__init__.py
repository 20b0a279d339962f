"""Whose signatures count, and what was withdrawn: the lists that a registry publishes and those it imports."""

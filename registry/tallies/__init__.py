"""Counters written with the events they count; coverage reads only these."""

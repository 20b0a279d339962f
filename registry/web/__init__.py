"""Shared web pieces: form base, languages, headers, error pages."""

"""Register, search, import; likely duplicates."""

"""The medical examination that comes before every dose."""

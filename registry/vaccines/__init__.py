"""Vaccine products, lots, and the stock of each vaccination point."""

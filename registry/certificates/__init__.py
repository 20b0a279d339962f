"""Certificates: what a pilgrim carries, how it is issued, replaced and revoked, and the sheet it is printed on."""

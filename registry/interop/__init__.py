"""Records in the formats that other health systems read."""

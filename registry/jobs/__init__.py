"""Work too long for one answer of a page: a queue in the database, the same on both engines."""

"""A recorded fact changed afterwards, with its reason and all that follows from it."""

"""The vaccination room's day: one pilgrim's visit from desk to certificate."""

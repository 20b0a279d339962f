"""Hostile input for the codec: random (`make fuzz`) and the worst that was thought of (`-m tests.fuzz.worst`)."""

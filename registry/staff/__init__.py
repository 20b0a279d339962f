"""Sign-in, sessions, roles as data, guards."""

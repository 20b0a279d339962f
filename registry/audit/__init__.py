"""Who changed what, who looked at whom, who tried to sign in."""

"""Campaigns, their requirements (rules as data), regions and vaccination points."""

"""The calendar of recalls: its events, and the feed that a person's own calendar reads."""

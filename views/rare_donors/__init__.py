"""Pages of the rare-donor file."""

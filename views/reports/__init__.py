"""Reports: what the registry has for the directives, day by day."""

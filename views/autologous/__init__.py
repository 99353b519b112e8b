"""A patient's own platelets: timeline, calendar, collections, units."""

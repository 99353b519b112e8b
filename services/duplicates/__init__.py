"""Donors that may be registered twice: finding them, and keeping what a person decided of each pair."""

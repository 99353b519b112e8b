"""Crossmatches of a donor's cells with a patient's serum."""

"""Donors reserved for patients: the list, one reservation, the form, and the calls to the donors."""

"""Families of rare donors and patients: who is related to whom, what to expect of each, whom to invite."""

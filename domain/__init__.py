"""Pure rules of the field.

Standard library only (networkx in allocation and kinship, rapidfuzz in suggestions, scipy.stats in recruitment).
No session, clock, file, request or log: time is an argument, unknown is a value, and every number that a
clinician could dispute comes from a versioned table handed in.
"""

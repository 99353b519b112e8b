"""Transfusions of platelets and what they did: recorded, judged, read as a series."""

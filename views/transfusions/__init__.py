"""Transfusions of a patient and what they did."""

"""Copies of the whole database: made, checked, kept and put back."""

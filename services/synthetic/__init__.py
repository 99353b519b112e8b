"""Invented donors, patients' sera and registries: nobody in them exists and nothing in them was measured."""

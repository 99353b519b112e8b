"""Dividing scarce donors among the patients who need platelets at the same time."""

"""The supply forecast: one patient's weeks ahead, and all patients by their first gap."""

"""The antibody history of a patient."""

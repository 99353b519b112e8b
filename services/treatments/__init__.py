"""Courses of treatment that may change a patient's antibodies."""

"""Autologous platelets of a patient: calendar, collections, units, what is due."""

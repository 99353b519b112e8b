"""Families: the list, one drawn with its chances, its members, and the invitation of brothers and sisters."""

"""Recruitment campaigns for rare phenotypes: planning what they may find."""

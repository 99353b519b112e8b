"""Eplet tables: read from what a site has, kept in the database, and asked."""

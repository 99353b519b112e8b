"""Releases of IPD-IMGT/HLA: read from a folder of their own files, kept, and put in force."""

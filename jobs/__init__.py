"""The one process that does what takes long or comes every day: `python -m jobs`."""

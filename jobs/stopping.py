"""Stopping in the middle of a long piece of work, when the process is told to end."""


class Stopped(Exception):
    """The process was told to stop: what was begun is rolled back and waits for the next process."""

"""A run that must be seen to have failed, with what it found."""

from domain.errors import PhenothequeError


class RunFailed(PhenothequeError):
    """A job did its work and found what somebody must look at; `params` are kept as the details of its run.

    They hold counts, days and numbers of rows, never a text of a file or of a person.
    """

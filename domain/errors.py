"""The one small tree of refusals, and the issues found in what people give us."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Severity = Literal["error", "warning", "info"]


class PhenothequeError(Exception):
    """Something refused; `code` names the sentence and `params` fill it (plain text and numbers)."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params

    def __str__(self) -> str:
        details = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({details})" if details else self.code


class UnusableInput(PhenothequeError):
    """What was given cannot be read or understood (exit status 2)."""


class NotFound(UnusableInput):
    """What was named is not in the registry (exit status 2, HTTP 404)."""


class RefusedByRule(PhenothequeError):
    """What was asked is understood and not allowed (exit status 1, HTTP 409)."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something a person should know about a value; the sentence is made from `code` and `params`."""

    code: str
    severity: Severity
    subject: str = ""
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with one field of a form or of a JSON body; an empty field name is the whole."""

    field: str
    code: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


class InvalidFields(UnusableInput):
    """Several fields cannot be used, all said at once."""

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        super().__init__("fields_unusable", count=len(faults))
        self.faults = tuple(faults)

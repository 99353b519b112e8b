"""The form of a directive: one set of fields, and rows of specificities with their reasons."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from domain.directive import parse_threshold
from domain.errors import InvalidFields, PhenothequeError, UnusableInput
from domain.peak import CURRENT, LEAST_MONTHS, MOST_MONTHS, PEAK
from services.directives import Addition, Removal, Wording
from services.wording.catalogue import sentence
from views.forms import LONGEST_TEXT, Form
from views.language import current_locale

Answer = Mapping[str, Any]
LOCI = ("A,B", "A,B,C")
SERUM_CHOICES = (CURRENT, PEAK)
ABO_RULES = ("none", "no-major", "identical")
BLANK_ROWS, MORE_ROWS, MOST_ROWS = 2, 4, 100
KINDS = ("added", "removed")


class DirectiveForm(Form):
    """All of a directive but its specificities; the service says what cannot be used."""

    threshold = StringField()
    sample = SelectField(validate_choice=False)
    loci = SelectField(validate_choice=False, choices=[SelectChoice(one, one.replace(",", ", ")) for one in LOCI])
    hpa_antibodies = SelectMultipleField(validate_choice=False)
    anti_cd36 = BooleanField()
    abo_rule = SelectField(validate_choice=False)
    serum = SelectField(validate_choice=False)
    peak_months = StringField()
    planned_donor = StringField()
    valid_until = StringField()
    note = TextAreaField()
    version = HiddenField()
    seen = HiddenField()


@dataclass(slots=True)
class Row:
    """A specificity and why, as typed, with what is wrong with each."""

    specificity: str = ""
    reason: str = ""
    fault: str = ""
    reason_fault: str = ""

    @property
    def is_blank(self) -> bool:
        """Whether nothing was typed."""
        return not (self.specificity.strip() or self.reason.strip())


@dataclass(slots=True)
class Sheet:
    """The form with its rows; `kept` are the rows that hold something, blank ones follow on the page."""

    form: DirectiveForm
    kept: dict[str, list[Row]]
    blank: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, BLANK_ROWS))
    step: str = "show"  # the button that was pressed

    def rows(self, kind: str) -> list[Row]:
        """The rows as the page shows them."""
        return [*self.kept[kind], *(Row() for _ in range(self.blank[kind]))]

    def opened_on(self) -> int:
        """The version in force when the form was opened, 0 for none."""
        text = self.form.version.data or ""
        return int(text) if text.isdecimal() and len(text) < 9 else 0

    def wording(self) -> Wording:
        """What the form asks. Raises UnusableInput where the threshold or the day cannot be read."""
        form = self.form
        return Wording(
            threshold_mfi=_threshold(form.threshold.data or ""),
            sample=form.sample.data or None,
            loci=form.loci.data or "",
            add=[Addition(row.specificity, row.reason) for row in self.kept["added"]],
            remove=[Removal(row.specificity, row.reason) for row in self.kept["removed"]],
            hpa_antibodies=form.hpa_antibodies.data or [],
            anti_cd36=bool(form.anti_cd36.data),
            abo_rule=form.abo_rule.data or "none",
            valid_until=_day(form.valid_until.data or ""),
            note=form.note.data or "",
            planned_donor=form.planned_donor.data or "",
            serum=form.serum.data or "current",
            peak_months=_months(form.peak_months.data or ""),
        )

    def with_readable_texts(self) -> Wording:
        """The wording with a stand-in for a threshold or a day that is none, so that all else is checked too."""
        form = self.form
        readers = ((form.threshold, _threshold, "1"), (form.valid_until, _day, ""), (form.peak_months, _months, "1"))
        typed = [one.data for one, _, _ in readers]
        for one, read, stand_in in readers:
            try:
                read(one.data or "")
            except PhenothequeError as error:
                one.errors = [sentence(error.code, error.params, current_locale())]
                one.data = stand_in
        wording = self.wording()
        for (one, _, _), text in zip(readers, typed, strict=True):
            one.data = text
        return wording

    @property
    def is_readable(self) -> bool:
        """Whether the threshold, the day and the months could be read."""
        form = self.form
        return not (form.threshold.errors or form.valid_until.errors or form.peak_months.errors)

    def take_faults(self, error: InvalidFields) -> None:
        """Put every fault beside its field or its row."""
        others = []
        for fault in error.faults:
            kind, _, place = fault.field.partition("-")
            if kind not in KINDS:
                others.append(fault)
                continue
            at, _, part = place.partition("-")
            words = sentence(fault.code, fault.params, current_locale())
            setattr(self.kept[kind][int(at)], "reason_fault" if part else "fault", words)
        self.form.take_faults(InvalidFields(others))

    def faults(self) -> list[tuple[str, str]]:
        """Every fault with the id of its field, in the order of the page."""
        found = self._faults_of("threshold", "loci", "sample", "serum", "peak_months")
        for kind in KINDS:
            for at, row in enumerate(self.kept[kind]):
                found += [(f"{kind}-{at}", row.fault)] if row.fault else []
                found += [(f"{kind}-{at}-reason", row.reason_fault)] if row.reason_fault else []
        found += self._faults_of("hpa_antibodies", "abo_rule", "planned_donor", "valid_until", "note")
        return found + [("", words) for words in self.form.form_errors]

    def _faults_of(self, *names: str) -> list[tuple[str, str]]:
        return [(self.form[name].id, words) for name in names for words in self.form[name].errors]

    def fingerprint(self) -> str:
        """What is asked in a few characters: what is saved must be what was shown."""
        return hashlib.sha256(repr((self.wording(), self.opened_on())).encode()).hexdigest()[:32]


def _threshold(text: str) -> int:
    return parse_threshold(text.replace("\u202f", "").replace("\u00a0", "").replace(" ", ""))


def _months(text: str) -> int | None:
    if not text.strip():
        return None
    if not text.strip().isdecimal() or len(text.strip()) > 4:
        raise UnusableInput("peak_months_unusable", least=LEAST_MONTHS, most=MOST_MONTHS)
    return int(text)


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise UnusableInput("not_a_day", text=text) from error


def sheet_of_version(current: Answer | None, query: Mapping[str, str]) -> Sheet:
    """The form filled from the directive in force, and from what the address asks instead."""
    held = current or {}
    form = DirectiveForm(
        formdata=None,
        threshold=query.get("threshold") or str(held.get("threshold_mfi", "")),
        sample=query.get("sample") or held.get("sample") or "",
        loci=query.get("loci") or ",".join(held.get("loci", ("A", "B"))),
        hpa_antibodies=held.get("hpa_antibodies", []),
        anti_cd36=held.get("anti_cd36", False),
        abo_rule=held.get("abo_rule", "none"),
        valid_until=held["valid_until"].isoformat() if held.get("valid_until") else "",
        note=held.get("note", ""),
        planned_donor=held.get("planned_donor", ""),
        serum=held.get("serum", "current"),
        peak_months=str(held.get("peak_months") or ""),
        version=str(held.get("version", 0)),
    )
    rows = {kind: [Row(one["specificity"], one["reason"]) for one in held.get(kind, [])] for kind in KINDS}
    return Sheet(form, rows)


def sheet_of_post(posted: MultiDict[str, str]) -> Sheet:
    """The form as it was sent: rows left blank are dropped, others keep their order."""
    rows = {kind: _rows(posted.getlist(kind), posted.getlist(f"{kind}_reason")) for kind in KINDS}
    sheet = Sheet(DirectiveForm(formdata=posted), rows, step=posted.get("step", "show"))
    for kind in KINDS:
        if sheet.step == f"more_{kind}":
            sheet.blank[kind] = MORE_ROWS
    return sheet


def _rows(names: Sequence[str], reasons: Sequence[str]) -> list[Row]:
    padded = [*reasons, *[""] * len(names)]
    rows = [Row(name.strip(), reason.strip()) for name, reason in zip(names, padded, strict=False)]
    return [row for row in rows if not row.is_blank][:MOST_ROWS]


class VersionForm(Form):
    """The version that the person saw."""

    version = HiddenField()

    def shown_version(self) -> int:
        """Its number; -1, which is in force nowhere, for what is no number."""
        text = self.version.data or ""
        return int(text) if text.isdecimal() and len(text) < 9 else -1


class CloseForm(VersionForm):
    """The same with why it ends, for whoever wants to say it."""

    reason = StringField()


class SignatureForm(VersionForm):
    """The same with the password of the person who signs."""

    password = PasswordField(validators=[InputRequired(), Length(max=LONGEST_TEXT)])

"""The forms about a patient, and what becomes of one that is refused: filled as it was typed, with every fault."""

from collections.abc import Callable
from typing import Any, ClassVar

from sqlmodel import Session
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from domain.errors import InvalidFields, NotFound, RefusedByRule, UnusableInput
from services.wording.catalogue import sentence
from views.forms import Form
from views.language import current_locale
from views.running import runtime

ROWS = {"rows": 5, "spellcheck": "false", "autocapitalize": "characters"}


class TypedForm(Form):
    """A form whose texts are judged by a service, not by the form."""

    CHOICES: ClassVar[dict[str, tuple[tuple[str, str], ...]]] = {}  # by field: value, and the code of its words
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, options in self.CHOICES.items():
            words = [(value, sentence(code, {}, current_locale())) for value, code in options]
            self._fields[name].choices = words

    def typed(self) -> dict[str, str]:
        """What was typed, by field; a tick is a text where it is set."""
        values = {name: field.data for name, field in self._fields.items()}
        return {name: "yes" if value is True else value or "" for name, value in values.items()}

    def fill(self, values: dict[str, Any]) -> None:
        """Put these texts in the fields of their names."""
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].data = value

    def version_id(self) -> int:
        """The version that the person saw; 0, which no row has, where it was lost."""
        text = str(self.version.data or "")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def choice() -> SelectField:
    """A list of words to choose from, filled where the page is made; the service judges what was sent."""
    return SelectField(choices=[], validate_choice=False)


class PatientForm(TypedForm):
    """Everything kept of a patient that a person may type."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "sex": (("", "not_known"), ("F", "patient_sex.F"), ("M", "patient_sex.M")),
        "abo": (("", "not_known"), ("A", "A"), ("B", "B"), ("AB", "AB"), ("O", "O")),
        "rhd": (("", "not_known"), ("+", "RhD+"), ("-", "RhD−")),
    }
    patient_number = StringField()
    sex = choice()
    birth_date = StringField()
    no_birth_date = BooleanField()
    abo = choice()
    rhd = choice()
    weight_kg = StringField()
    height_cm = StringField()
    diagnosis = StringField()
    region = StringField()
    centre = StringField()
    antibody_sample = StringField()
    hla_text = TextAreaField(render_kw=ROWS)
    hpa_text = StringField()
    cd36 = StringField()
    reason = StringField()


class RequestForm(TypedForm):
    """What a hospital asks for a patient."""

    CHOICES = {"urgency": (("", "choose"), ("bleeding", "urgency.bleeding"), ("planned", "urgency.planned"))}  # noqa: RUF012
    hospital = StringField()
    units = StringField()
    needed_on = StringField()
    needed_at = StringField()
    urgency = choice()
    contact = StringField()
    note = TextAreaField(render_kw={"rows": 3})


class ClosingForm(TypedForm):
    """Why a request is closed, and how."""

    reason = StringField()
    outcome = HiddenField()


class ResultForm(TypedForm):
    """One result of a test for an HPA or CD36 antibody."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "result": (
            ("", "choose"),
            *((word, f"antibody_result.{word}") for word in ("positive", "negative", "indeterminate")),
        )
    }
    specificity = StringField()
    result = choice()
    method = StringField()
    tested_on = StringField()
    sample = StringField()


class ReasonForm(TypedForm):
    """Why."""

    reason = StringField()


class TreatmentForm(ReasonForm):
    """How a serum was treated before its assay, and why that is written."""

    treatment = StringField()


def attempt(form: TypedForm, do: Callable[[Session], Any]) -> int:
    """Do it in one write transaction: 0 when done, else the status of the form shown again with its faults."""
    try:
        with runtime().engines.write_session() as session:
            do(session)
    except NotFound:
        raise
    except InvalidFields as error:
        form.take_faults(error)
        return 422
    except (UnusableInput, RefusedByRule) as error:
        form.form_errors.append(sentence(error.code, error.params, current_locale()))
        return 409 if isinstance(error, RefusedByRule) else 422
    return 0

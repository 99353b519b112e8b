"""The forms about a patient's own platelets, judged by the services."""

from datetime import date
from typing import Any

from wtforms import BooleanField, StringField, TextAreaField

from domain.autologous import Access, Markers
from domain.autologous_units import Method
from domain.reservation import Timing
from services.autologous.units import DISCARD_REASONS
from views.patient_forms import TypedForm, choice
from views.running import now, runtime

NOT_KNOWN = ("", "not_known")


def timing() -> Timing:
    """The moment and the place of what is asked."""
    settings = runtime().settings
    return Timing(now(), settings.timezone, settings.hold_hours)


class CourseForm(TypedForm):
    """One course of chemotherapy."""

    name = StringField()
    start_on = StringField()
    end_on = StringField()
    aplasia_days = StringField()
    units_wanted = StringField()
    note = TextAreaField(render_kw={"rows": 2})


class CollectionForm(TypedForm):
    """The day of a collection to come."""

    day = StringField()
    note = TextAreaField(render_kw={"rows": 2})


class DoneForm(TypedForm):
    """A collection that was made, and what was known of the patient."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "access": (NOT_KNOWN, *((one.value, f"autologous_access.{one.value}") for one in Access)),
        "markers": (NOT_KNOWN, *((one.value, f"autologous_markers.{one.value}") for one in Markers)),
        "well": (NOT_KNOWN, ("yes", "autologous_well.yes"), ("no", "autologous_well.no")),
    }
    day = StringField()
    platelets = StringField()
    haemoglobin = StringField()
    counted_on = StringField()
    access = choice()
    markers = choice()
    markers_on = StringField()
    weight_kg = StringField()
    well = choice()
    override_reason = TextAreaField(render_kw={"rows": 2})
    note = TextAreaField(render_kw={"rows": 2})


class UnitForm(TypedForm):
    """One unit of a collection."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "method": (("", "choose"), *((one.value, f"autologous_method.{one.value}") for one in Method)),
    }
    number = StringField()
    content = StringField()
    volume_ml = StringField()
    method = choice()
    dmso_percent = StringField()
    location = StringField()
    is_labelled = BooleanField()


class QualityForm(TypedForm):
    """The labels and the markers of a unit."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "markers": (NOT_KNOWN, *((one.value, f"autologous_markers.{one.value}") for one in Markers)),
    }
    is_labelled = BooleanField()
    markers = choice()
    markers_on = StringField()


class StepForm(TypedForm):
    """One step of a unit; each step uses the fields it needs."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "reason": (("", "choose"), *((one, f"autologous_discard.{one}") for one in DISCARD_REASONS)),
    }
    day = StringField()
    recipient = StringField()
    thawed_at = StringField()
    thawed_content = StringField()
    request = choice()
    reason = choice()
    note = StringField()


def iso(day: date | None) -> str:
    """A day as an input of days holds it."""
    return day.isoformat() if day else ""


def filled(form: TypedForm, values: dict[str, Any]) -> TypedForm:
    """A form that was not sent yet, with what it begins with."""
    if not form.is_submitted():
        form.fill(values)
    return form

"""The form of a weekly need; what it says is judged by the services."""

from wtforms import StringField

from views.patient_forms import TypedForm


class NeedForm(TypedForm):
    """Units a week, from when to when, and why."""

    units_per_week = StringField()
    from_on = StringField()
    until_on = StringField()
    reason = StringField()

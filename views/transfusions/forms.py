"""The form of a transfusion; what it says is judged by the services."""

from wtforms import StringField, TextAreaField

from domain.refractoriness import Selection
from services.transfusions.entry import CAUSES, FLAGS
from views.patient_forms import TypedForm, choice

NOT_KNOWN = ("", "not_known")
YES_NO = (NOT_KNOWN, ("yes", "transfusion_flag.yes"), ("no", "transfusion_flag.no"))


class TransfusionForm(TypedForm):
    """One transfusion: the product, the counts with their times, and what the patient had."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "selection": (NOT_KNOWN, *((one.value, f"transfusion_selection.{one.value}") for one in Selection)),
        "product_abo": (NOT_KNOWN, *((one, one) for one in ("A", "B", "AB", "O"))),
        **dict.fromkeys((*FLAGS, *CAUSES), YES_NO),
    }
    ended_at = StringField()
    product_number = StringField()
    donor_number = StringField()
    selection = choice()
    content = StringField()
    age_hours = StringField()
    product_abo = choice()
    irradiated = choice()
    pathogen_reduced = choice()
    additive_solution = choice()
    pre_count = StringField()
    pre_at = StringField()
    count_1h = StringField()
    count_1h_at = StringField()
    count_24h = StringField()
    count_24h_at = StringField()
    weight_kg = StringField()
    height_cm = StringField()
    note = TextAreaField(render_kw={"rows": 2})
    reason = StringField()


for _name in CAUSES:  # those of the table: a site that adds a cause finds it in the form
    setattr(TransfusionForm, _name, choice())

"""The forms of a campaign before it runs."""

from typing import Any

from wtforms import SelectMultipleField, StringField, TextAreaField
from wtforms.widgets import CheckboxInput, ListWidget

from services.campaigns.drafts import SETS, TARGETS
from services.wording.catalogue import sentence
from views.language import current_locale
from views.patient_forms import TypedForm, choice


class BoxesField(SelectMultipleField):
    """Several words to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def boxes() -> BoxesField:
    """A set of words to tick, filled where the page is made; the service judges what was sent."""
    return BoxesField(choices=[], validate_choice=False)


class CampaignForm(TypedForm):
    """What is looked for, for whom, and whom the campaign would invite."""

    CHOICES = {  # noqa: RUF012  as in the class above
        "purpose": (("", "choose"), ("patient", "campaign_purpose.patient"), ("stock", "campaign_purpose.stock")),
        "target": (("", "choose"), *((kind, f"campaign_kind.{kind}") for kind in TARGETS)),
    }
    name = StringField()
    purpose = choice()
    patient_number = StringField()
    reason = TextAreaField(render_kw={"rows": 2})
    target = choice()
    antigen = choice()
    antigens = StringField()
    patients = StringField()
    number_wanted = StringField()
    deadline = StringField()
    regions = boxes()
    ancestries = boxes()
    abo = boxes()
    min_answer_rate = StringField()
    eligible_within_days = StringField()

    def typed(self) -> dict[str, Any]:
        """What was typed, by field; of the boxes the words that are ticked."""
        plain = {name: field.data or "" for name, field in self._fields.items() if name not in SETS}
        return plain | {name: self._fields[name].data or [] for name in SETS}

    def offer(self, known: dict[str, list[str]]) -> None:
        """Fill the boxes and the antigens with what the registry knows."""
        for name in SETS:
            self._fields[name].choices = [(one, one) for one in known[name]]
        first = [("", sentence("choose", {}, current_locale()))]
        self._fields["antigen"].choices = first + [(one, one) for one in known["antigen"]]

"""The forms of the rare-donor file: what the list is asked, and the care of one donor."""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField

from domain.errors import InvalidFields
from models.rare_donor import RareStatus
from services.rare_donors.care import TYPED, Care
from services.rare_donors.filtering import ALERTS, ANY_ALERT, GIVES, SORTS, RareFilter, read_filter
from services.rare_donors.rules import rare_rules
from services.registry_list import NO_REGION
from services.wording.formats import format_number
from views.donors.forms import choices
from views.forms import Form, number_in
from views.language import current_locale
from views.shown import said

LOST_VERSION = -1  # a version no row has: what a form without one is refused with
WORDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "phenotype": ("rare", tuple(rare_rules())),
    "status": ("rare_status", tuple(RareStatus)),
    "gives": ("rare_gives", GIVES),
    "alert": ("rare_alert_kind", (ANY_ALERT, *ALERTS)),
}


class RareFilterForm(Form):
    """What the list of rare donors can be asked; each choice says how many donors it leaves."""

    NAMES: ClassVar[tuple[str, ...]] = ("phenotype", "status", "region", "gives", "alert", "sort")
    phenotype = SelectField(validate_choice=False)
    status = SelectField(validate_choice=False)
    region = SelectField(validate_choice=False)
    gives = SelectField(validate_choice=False)
    alert = SelectField(validate_choice=False)
    sort = SelectField(validate_choice=False)

    def __init__(self, given: MultiDict[str, str]) -> None:
        super().__init__(given)
        self.given = given
        self.sort.choices = [(name, said(f"rare_sort.{name}")) for name in SORTS]

    def read(self) -> RareFilter:
        """The filter asked for; one that cannot be read asks nothing, and is said beside its field."""
        try:
            return read_filter({name: self.given.get(name, "") for name in self.NAMES})
        except InvalidFields as error:
            self.take_faults(error)
            return RareFilter()

    def offer(self, facets: Mapping[str, Counter[str]]) -> None:
        """The choices with their counts; one that leaves nobody is offered only where it is asked."""
        for name, (prefix, words) in WORDS.items():
            self._offer(name, facets[name], [(word, said(f"{prefix}.{word}")) for word in words])
        asked = self.region.data
        places = sorted({*facets["region"], *([asked] if asked else [])} - {NO_REGION})
        named = [*((place, place) for place in places), (NO_REGION, said("choice.no_region"))]
        self._offer("region", facets["region"], named)
        self.status.choices = [("", said("rare_status.standing")), *self.status.choices[1:]]

    def _offer(self, name: str, counts: Counter[str], words: list[tuple[str, str]]) -> None:
        field = self._fields[name]
        field.choices = choices(
            [
                (word, f"{label} ({format_number(counts[word], current_locale())})")
                for word, label in words
                if counts[word] or word == field.data
            ]
        )


class CareForm(Form):
    """How one rare donor is cared for."""

    version = HiddenField()
    recall_months = StringField()
    contacted_on = StringField()
    spare = BooleanField()
    pseudonym_only = BooleanField()
    exposure = TextAreaField(render_kw={"rows": 3})
    note = TextAreaField(render_kw={"rows": 3})

    def typed(self) -> dict[str, str]:
        """What was typed, by field; a tick is a text where it is set."""
        values = {name: self._fields[name].data for name in TYPED}
        return {name: "yes" if value is True else value or "" for name, value in values.items()}

    def fill(self, care: Care) -> None:
        """Begin with what is on record."""
        for name in TYPED:
            value = getattr(care, name)
            self._fields[name].data = value if isinstance(value, bool) else "" if value is None else str(value)

    def version_id(self) -> int:
        """The version that the person had before them."""
        number = number_in(self.version.data)
        return LOST_VERSION if number is None else number

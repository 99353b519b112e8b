"""The forms of the donor pages."""

from typing import ClassVar

from werkzeug.datastructures import MultiDict
from wtforms import DateField, SelectField, StringField

from domain.errors import InvalidFields
from services.registry_list import CD36, NO_REGION, SORTS, STATUSES, TYPED, DonorFilter, read_filter
from services.wording.catalogue import sentence
from views.forms import Form
from views.language import current_locale


def said_choices(prefix: str, values: tuple[str, ...], nothing: str = "any") -> list[tuple[str, str]]:
    """Choices with their words, after one that chooses nothing."""
    words = [(value, sentence(f"{prefix}.{value}", {}, current_locale())) for value in values]
    return [("", sentence(f"choice.{nothing}", {}, current_locale())), *words]


class DonorFilterForm(Form):
    """What the list of donors can be asked."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "number", "region", "abo", "rhd", "status", "typed", "cd36", "eligible_on", "sort",
    )  # fmt: skip
    number = StringField()
    region = SelectField(validate_choice=False)
    abo = SelectField(choices=[("", ""), *((g, g) for g in ("A", "B", "AB", "O"))], validate_choice=False)
    rhd = SelectField(choices=[("", ""), ("+", "RhD+"), ("-", "RhD−")], validate_choice=False)
    status = SelectField(validate_choice=False)
    typed = SelectField(validate_choice=False)
    cd36 = SelectField(validate_choice=False)
    eligible_on = DateField()
    sort = SelectField(validate_choice=False)

    def __init__(self, given: MultiDict[str, str]) -> None:
        super().__init__(given)
        self.given = given
        self.status.choices = said_choices("donor_state", STATUSES)
        self.typed.choices = said_choices("typed", TYPED)
        self.cd36.choices = said_choices("cd36", CD36)
        self.sort.choices = said_choices("sort", tuple(SORTS))[1:]

    def read(self) -> DonorFilter:
        """The filter asked for; one that cannot be read asks nothing, and is said beside its field."""
        try:
            return read_filter({name: self.given.get(name, "") for name in self.NAMES})
        except InvalidFields as error:
            self.take_faults(error)
            return DonorFilter()

    def offer_regions(self, regions: list[str]) -> None:
        """The regions that donors are of; one asked for that none is of stays chosen, and finds nobody."""
        asked = self.region.data
        held = [*regions, *([asked] if asked and asked not in (*regions, NO_REGION) else [])]
        words = [(name, name) for name in held]
        any_region, none = (sentence(code, {}, current_locale()) for code in ("choice.any", "choice.no_region"))
        self.region.choices = [("", any_region), *words, (NO_REGION, none)]

"""The forms of the donor pages: what the list is asked, and what is recorded of one donor."""

from collections.abc import Sequence
from typing import ClassVar

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DateField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice

from domain.errors import InvalidFields
from services.registry_list import CD36, NO_REGION, SORTS, STATUSES, TYPED, DonorFilter, read_filter
from views.forms import Form
from views.shown import said

ABO = tuple((group, group) for group in ("A", "B", "AB", "O"))
RHD = (("+", "RhD+"), ("-", "RhD−"))
DONATIONS = ("platelets", "whole_blood", "plasma")


def said_choices(prefix: str, values: tuple[str, ...], nothing: str = "any") -> list[SelectChoice]:
    """Choices with their words, after one that chooses nothing."""
    return choices([(value, said(f"{prefix}.{value}")) for value in values], nothing)


def choices(words: Sequence[tuple[str, str]], nothing: str = "any") -> list[SelectChoice]:
    """Choices under their words, after one that chooses nothing."""
    return [SelectChoice(value, label) for value, label in (("", said(f"choice.{nothing}")), *words)]


class DonorFilterForm(Form):
    """What the list of donors can be asked."""

    NAMES: ClassVar[tuple[str, ...]] = (
        "number", "region", "abo", "rhd", "status", "typed", "cd36", "eligible_on", "sort",
    )  # fmt: skip
    number = StringField()
    region = SelectField(validate_choice=False)
    abo = SelectField(validate_choice=False)
    rhd = SelectField(validate_choice=False)
    status = SelectField(validate_choice=False)
    typed = SelectField(validate_choice=False)
    cd36 = SelectField(validate_choice=False)
    eligible_on = DateField()
    sort = SelectField(validate_choice=False)

    def __init__(self, given: MultiDict[str, str]) -> None:
        super().__init__(given)
        self.given = given
        self.abo.choices, self.rhd.choices = choices(ABO), choices(RHD)
        self.status.choices = said_choices("donor_state", STATUSES)
        self.typed.choices = said_choices("typed", TYPED)
        self.cd36.choices = said_choices("cd36", CD36)
        self.sort.choices = said_choices("registry_sort", tuple(SORTS))[1:]

    def read(self) -> DonorFilter:
        """The filter asked for; one that cannot be read asks nothing, and is said beside its field."""
        try:
            return read_filter({name: self.given.get(name, "") for name in self.NAMES})
        except InvalidFields as error:
            self.take_faults(error)
            return DonorFilter()

    def offer_regions(self, regions: Sequence[str]) -> None:
        """The regions that donors are of; one asked for that none is of stays chosen, and finds nobody."""
        asked = self.region.data
        held = [*regions, *([asked] if asked and asked not in (*regions, NO_REGION) else [])]
        words = [(name, name) for name in held]
        self.region.choices = choices([*words, (NO_REGION, said("choice.no_region"))])


class DonorForm(Form):
    """What every change of a donor carries: the version that the person had before them, and the reason."""

    version = HiddenField()
    reason = StringField()

    def typed(self, names: tuple[str, ...]) -> dict[str, str]:
        """The texts sent of these fields; a field that was not sent is left as it is, one sent empty is not."""
        return {name: self._fields[name].data or "" for name in names if self._fields[name].raw_data}


class EditForm(DonorForm):
    """Groups, health and place of a donor, as texts: they are judged as the cells of a file are."""

    sex = SelectField(validate_choice=False)
    abo = SelectField(validate_choice=False)
    rhd = SelectField(validate_choice=False)
    cmv = SelectField(validate_choice=False)
    weight_kg = StringField()
    height_cm = StringField()
    platelet_count = StringField()
    low_expression = StringField()
    pregnancies = StringField()
    hla_antibody_screen = SelectField(validate_choice=False)
    screened_on = StringField()
    last_donation_on = StringField()
    last_donation_type = SelectField(validate_choice=False)
    donations_12m = StringField()
    region = StringField()
    centre = StringField()
    status = SelectField(validate_choice=False)

    def __init__(self) -> None:
        super().__init__()
        self.sex.choices = said_choices("donor_sex", ("F", "M"), "none")
        self.abo.choices, self.rhd.choices = choices(ABO, "none"), choices(RHD, "none")
        self.cmv.choices = said_choices("serology", ("negative", "positive"), "none")
        self.hla_antibody_screen.choices = said_choices("serology", ("negative", "positive"), "none")
        self.last_donation_type.choices = said_choices("donation", DONATIONS, "none")
        self.status.choices = said_choices("donor_state", ("active", "deferred", "inactive"))[1:]


class IdentityForm(DonorForm):
    """Who a donor is."""

    last_name = StringField()
    first_name = StringField()
    birth_date = StringField()
    postcode = StringField()
    phone = StringField()
    email = StringField()


class TypingForm(DonorForm):
    """A new typing: HLA in one text, HPA and CD36 in their own fields."""

    hla = TextAreaField()
    hpa_1 = StringField()
    hpa_2 = StringField()
    hpa_3 = StringField()
    hpa_5 = StringField()
    hpa_15 = StringField()
    cd36 = StringField()
    confirmed = BooleanField()


class DeferralForm(DonorForm):
    """The days on which a donor may not give."""

    from_on = StringField()
    until_on = StringField()


class DonationForm(DonorForm):
    """One donation that was made."""

    given_on = StringField()
    kind = SelectField(validate_choice=False)

    def __init__(self) -> None:
        super().__init__()
        self.kind.choices = said_choices("donation", DONATIONS)[1:]


class ConsentForm(DonorForm):
    """Whether a donor agrees to be called, and since when."""

    agreed = SelectField(validate_choice=False)
    on = StringField()

    def __init__(self) -> None:
        super().__init__()
        self.agreed.choices = said_choices("consent", ("withdrawn", "given"))[1:]


class EraseForm(DonorForm):
    """The number typed once more: nobody erases by a slip."""

    repeated_number = StringField()

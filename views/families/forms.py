"""The forms of families; the services judge what was typed."""

from wtforms import BooleanField, StringField

from domain.kinship import Status
from services.families.phenotypes import CD36, HLA, known_phenotypes
from services.families.relatives import Kin
from views.patient_forms import TypedForm, choice
from views.shown import said

SEXES = (("", "not_known"), ("F", "patient_sex.F"), ("M", "patient_sex.M"))


def phenotype_said(phenotype: str) -> str:
    """What a family is drawn for, in the reader's words."""
    if phenotype in (CD36, HLA):
        return said(f"family_phenotype.{phenotype}")
    return said("family_phenotype.HPA", {"antigen": phenotype})


class NewFamilyForm(TypedForm):
    """For whom and for what a family is drawn."""

    donor = StringField()
    patient = StringField()
    phenotype = choice()
    prevalence = StringField()
    source = StringField()

    def __init__(self) -> None:
        super().__init__()
        self.phenotype.choices = [("", said("choose")), *((one, phenotype_said(one)) for one in known_phenotypes())]


class PrevalenceForm(TypedForm):
    """The share of people with the phenotype, and where it comes from."""

    prevalence = StringField()
    source = StringField()


class RelativeForm(TypedForm):
    """Who is added, and whose relative."""

    CHOICES = {  # noqa: RUF012  as in TypedForm
        "kin": (("", "choose"), *((one.value, f"kin_choice.{one.value}") for one in Kin)),
        "sex": SEXES,
    }
    kin = choice()
    sex = choice()


class MemberForm(TypedForm):
    """What is known of a member."""

    CHOICES = {  # noqa: RUF012  as in TypedForm
        "sex": SEXES,
        "status": tuple((one.value, f"kin_status.{one.value}") for one in Status),
    }
    alias = StringField()
    sex = choice()
    birth_year = StringField()
    deceased = BooleanField()
    status = choice()
    status_source = StringField()


class DonorLinkForm(TypedForm):
    """Which registered donor a member is."""

    donor = StringField()


class FamilyConsentForm(TypedForm):
    """Whether relatives may know a member's result."""

    CHOICES = {"agreed": (("", "choose"), ("yes", "family_agreed.yes"), ("no", "family_agreed.no"))}  # noqa: RUF012
    agreed = choice()
    on = StringField()

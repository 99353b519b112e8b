"""The one blueprint of the donor pages, and how they write quantities and platelet genotypes."""

from flask import Blueprint

from domain.hpa import parse_hpa
from services.wording.formats import format_number
from views.language import current_locale

blueprint = Blueprint("donors", __name__)


@blueprint.app_template_filter()
def quantity(value: float) -> str:
    """A measured number as the reader writes it, with its decimals."""
    return format_number(value, current_locale())


@blueprint.app_template_filter()
def hpa_said(text: str, system: str) -> str:
    """An HPA genotype in the registry's words; ? where it is not typed or cannot be read."""
    genotype, _ = parse_hpa(text, system)
    return genotype.canonical if genotype else "?"

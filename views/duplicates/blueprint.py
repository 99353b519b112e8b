"""The one blueprint of the pages of donors registered twice, and how they say fields, levels and rows."""

from babel.numbers import format_decimal
from flask import Blueprint
from markupsafe import Markup

from domain.cd36 import parse_cd36
from domain.text_difference import Stretch, differing_fields, differing_stretches, marked_words
from services.charts.waterfall import Fall, WaterfallWords, waterfall_chart
from services.duplicates.choices import Offer
from services.duplicates.reviewing import Review, Step
from services.wording.formats import format_percent
from views.language import current_locale
from views.shown import cd36_said, day, said

blueprint = Blueprint("duplicates", __name__)
SURELY = 0.99


@blueprint.app_template_filter("bits")
def bits(weight: float) -> str:
    """A weight in bits with its sign, one decimal."""
    sign = "+" if weight > 0 else "−" if weight < 0 else ""
    return f"{sign}{format_decimal(abs(weight), format='0.0', locale=current_locale())}"


@blueprint.app_template_filter("likely")
def likely(probability: float) -> str:
    """The probability of one person; never as if it were sure."""
    if probability > SURELY:
        return said("duplicate_surely", {"share": format_percent(SURELY, current_locale())})
    return format_percent(probability, current_locale())


@blueprint.app_template_filter("marked")
def marked(offer: Offer, values: tuple[str | None, ...], others: tuple[str | None, ...]) -> list[list[Stretch]]:
    """What one side says of a field of text, in the reader's words, cut where it differs from the other side."""
    mine, theirs = ([_spelled(offer.name, value) for value in side if value] for side in (values, others))
    return marked_words(mine, theirs, differing_stretches if offer.is_spelled else differing_fields)


def _spelled(name: str, value: str) -> str:
    if name == "birth_date":
        return day(value)
    return cd36_said(value) if name == "cd36" and parse_cd36(value)[0].status != "untested" else value


def step_said(step: Step) -> str:
    """What a bar of the waterfall stands for."""
    if step.field == "prior":
        return said("duplicate_field.prior")
    field = said("duplicate_field.hla") if step.field == "hla" else said(f"donor_column.{step.field}")
    return said("duplicate_step", {"field": field, "level": said(f"duplicate_level.{step.level}")})


def chart_of(review: Review) -> Markup:
    """The waterfall of a pair."""
    falls = [Fall(step_said(step), step.weight, step.total, bits(step.weight)) for step in review.steps]
    words = WaterfallWords(
        said("duplicate_chart.title"), said("duplicate_chart.description"), said("duplicate_chart.even")
    )
    return Markup(waterfall_chart(falls, words))  # noqa: S704 - escaped by ElementTree

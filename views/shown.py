"""How templates write numbers, days, coded sentences and short lists."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from math import floor
from typing import Any
from zoneinfo import ZoneInfo

from flask import Flask
from flask_wtf.csrf import generate_csrf
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from domain.cd36 import parse_cd36
from services.matching.risk_notes import risk_words
from services.rule_tables import mfi_bands
from services.unconfirmed import unconfirmed_rows
from services.wording.catalogue import sentence
from services.wording.formats import format_date, format_moment, format_number, format_percent
from services.wording.signs import glyph, match_glyph
from views.language import current_locale
from views.running import runtime

MOST_ALLELES_SHOWN, FIRST_ALLELES_SHOWN = 6, 3


def register(app: Flask) -> None:
    """Give the templates their filters."""
    app.jinja_env.filters.update(
        number=number,
        mfi_band=mfi_band,
        day=day,
        moment=moment,
        percent=percent,
        breakable=breakable,
        said=said_in_page,
        glyph=glyph,
        match_glyph=match_glyph,
        cells_of=cells_of,
        reasons_said=reasons_said,
        risk_said=risk_said,
        grade_class=grade_class,
        cd36_said=cd36_said,
        role_said=role_said,
    )
    app.jinja_env.globals.update(csrf_field=csrf_field, unconfirmed_rows=unconfirmed_rows)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def number(value: float | None) -> str:
    """A whole number as the reader writes it, never rounded up: 1999.6 MFI must not look like 2,000."""
    return "—" if value is None else format_number(floor(value), current_locale())


def percent(share: float) -> str:
    """A share (0 to 1) in percent."""
    return format_percent(share, current_locale())


def breakable(typed: str) -> Markup:
    """A typed value that may go on in the next line after a slash and after the second field of an allele.

    Of a long list, such as a multiple allele code stands for, the first alleles and how many there are.
    """
    alleles = typed.split("/")
    if len(alleles) > MOST_ALLELES_SHOWN:
        typed = f"{'/'.join(alleles[:FIRST_ALLELES_SHOWN])}/… ({format_number(len(alleles), current_locale())})"
    return Markup(re.sub(r"(/|\*\d+:\d+(?=:))", r"\1<wbr>", str(escape(typed))))  # noqa: S704 - escaped above


def day(value: date | str | None) -> str:
    """A day as the reader writes it, of a moment the one where the registry is kept; an em dash where there is none."""
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(runtime().settings.timezone)).date()
    return "—" if value is None else format_date(value, current_locale())


def moment(value: datetime | None) -> str:
    """A moment as the reader writes it, where the registry is kept; an em dash where there is none."""
    return "—" if value is None else format_moment(value, current_locale(), runtime().settings.timezone)


def mfi_band(mfi: float | None) -> str:
    """The graded word of an MFI, empty below the lowest band; it decides nothing."""
    band = None if mfi is None else mfi_bands().band_of(mfi)
    return said(f"mfi_band.{band}") if band else ""


@pass_context
def said_in_page(context: Context, code: str, params: Mapping[str, object] | None = None) -> str:
    """The sentence of a code; asking for the context keeps Jinja from fixing it once for every language."""
    return said(code, params)


def said(code: str, params: Mapping[str, object] | None = None) -> str:
    """The sentence of a code, in the language of the page."""
    return sentence(code, params or {}, current_locale())


@pass_context
def risk_said(context: Context, risk: float | None) -> str:
    """A risk (0 to 1) in whole percent, or that it is not known."""
    return said(*risk_words(risk))


@pass_context
def role_said(context: Context, role: str) -> str:
    """A role in the reader's words."""
    return said(f"role.{role}")


def csrf_field() -> Markup:
    """The hidden field that every form which changes something carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def cells_of(donor: Mapping[str, Any], locus: str) -> list[Mapping[str, Any]]:
    """The donor's values at a locus, one or two."""
    return [value for value in donor["values"] if value["locus"] == locus]


def reasons_said(donor: Mapping[str, Any]) -> list[str]:
    """The sentences of a donor's reasons, each once: two positions of one locus lack the same thing."""
    return list(dict.fromkeys(said(reason["code"], reason["params"]) for reason in donor["reasons"]))


def cd36_said(text: str | None) -> str:
    """A CD36 result in the reader's words; ? where it was not tested."""
    result, _ = parse_cd36(text or "")
    if result.status == "untested":
        return "?"
    return " ".join(part for part in (said(f"cd36.{result.status}"), result.type) if part)


def grade_class(grade: str) -> str:
    """The colour of a grade: its letter, and for B whether one step from identical or more."""
    return "b1" if grade.startswith("B1") else "b2" if grade.startswith("B") else grade[0].lower()

"""Every reason, flag and issue of the rules has a sentence that its values fill."""

import re
from datetime import date

import pytest

from domain.abo import RHD_FLAG
from domain.cd36 import parse_cd36
from domain.eligibility import first_eligible
from domain.hpa import parse_hpa
from services.rule_tables import eligibility_rules
from services.wording.catalogue import sentence
from services.wording.rules import MESSAGES
from tests.rule_cases import health, read_cases


def said():
    """(code, params) of everything the rules say over the case tables."""
    for row in read_cases("eligibility"):
        on = date.fromisoformat(row["asked_on"])
        found = first_eligible(health(row), eligibility_rules(on), on)
        yield from ((issue.code, issue.params) for issue in found.reasons)
        yield from ((flag, {}) for flag in found.flags)
    for row in read_cases("hpa_genotypes"):
        issue = parse_hpa(row["text"], row["system"])[1]
        if issue:
            yield issue.code, issue.params
    for row in read_cases("cd36"):
        issue = parse_cd36(row["text"])[1]
        if issue:
            yield issue.code, issue.params


@pytest.mark.parametrize("locale", ["en", "fr"])
def test_every_sentence_is_filled(locale):
    for code, params in said():
        assert code in MESSAGES
        assert not re.search(r"[{}]", sentence(code, params, locale)), code


def test_the_case_tables_reach_every_eligibility_sentence():
    codes = list(MESSAGES)
    eligibility = codes[codes.index("status") : codes.index("deferral_reversed")]
    flags = codes[codes.index("weight_unknown") : codes.index(RHD_FLAG)]
    assert {*eligibility, *flags} - {code for code, _ in said()} == set()


def test_every_type_of_donation_has_its_sentence(today):
    assert {f"interval_after_{kind}" for kind in eligibility_rules(today).interval_days} <= MESSAGES.keys()


def test_a_reason_reads_as_a_sentence():
    params = {"days": 28, "again_on": "2026-12-08"}
    text = sentence("interval_after_platelets", params, "en")
    assert text == "Gave platelets: 28 days to wait, until 8 Dec 2026."

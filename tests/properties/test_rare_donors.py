"""The rare-donor file of any registry is what a loop over its donors finds, and a second making changes nothing.

Whatever results are recorded and withdrawn, the file and the registry say the same of a donor.
"""

from collections import defaultdict
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import delete, select

from domain.errors import RefusedByRule
from domain.reservation import Timing
from domain.wanted_phenotype import INDETERMINATE
from models.donor import Donor, DonorEligibilityGap, DonorIdentity, DonorTyping
from models.donor_test import DonorTest
from models.rare_donor import RareDonor, RareStatus
from services.donor_tests.recording import SampleResult, record_test, withdraw_test
from services.rare_donors.refreshing import refresh_rare_donors
from services.rare_donors.rules import rare_rules
from services.reference import read_table
from tests.conftest import TODAY
from tests.small_registry import NOW, D, put_donors

SYSTEMS = ("hpa_1", "hpa_2", "hpa_3", "hpa_5", "hpa_15")
GENOTYPES = ("", "a/a", "a/b", "b/b")
CD36 = ("", "positive", "negative", "negative type I", "negative type II")
A, B = ("A*01:01", "A*02:01", "A*03:01"), ("B*07:02", "B*08:01", "X")
ROWS = {row["phenotype"]: row for row in read_table("rare_phenotypes")}


@st.composite
def donors(draw):
    typings = st.tuples(*[st.sampled_from(GENOTYPES)] * len(SYSTEMS), st.sampled_from(CD36))
    hla = st.tuples(st.sampled_from(A), st.sampled_from(A), st.sampled_from(B), st.sampled_from(B))
    kinds = draw(st.lists(st.tuples(typings, hla), min_size=1, max_size=5))
    copies = draw(st.lists(st.integers(1, 6), min_size=len(kinds), max_size=len(kinds)))
    rows = [kind for kind, times in zip(kinds, copies, strict=True) for _ in range(times)]
    return [
        D(f"R{at:03}", " ".join(hla), more=dict(zip((*SYSTEMS, "cd36"), typing, strict=True)))
        for at, (typing, hla) in enumerate(rows)
    ]


def says(code: str, donor: D):
    """True, False or None (open) of one donor, and the antigens of a combination; written without the rule's code."""
    row, typed = ROWS[code], donor.more
    absent = {}
    for name in SYSTEMS:
        for letter in "ab":
            antigen = f"HPA-{name.removeprefix('hpa_')}{letter}"
            absent[antigen] = None if not typed[name] else letter not in typed[name]
    first, second, third, fourth = donor.typed.split()
    match row["kind"]:
        case "cd36":
            if typed["cd36"] in ("", "positive"):
                return (None if not typed["cd36"] else False), ""
            kind = typed["cd36"].removeprefix("negative").removeprefix(" type ") or "unknown"
            open_one = kind == "unknown" and row["terms"] != "unknown"
            return (None if open_one else kind == row["terms"]), ""
        case "hpa_absent":
            found = [absent[one] for one in row["terms"].split()]
            return (False if False in found else None if None in found else True), ""
        case "hpa_combination":
            found = {one: absent[one] for one in row["terms"].split()}
            lacking = [one for one, gone in found.items() if gone]
            return (None if None in found.values() else len(lacking) > 1), " ".join(lacking)
        case "hla_homozygous":
            if first != second or ("X" not in (third, fourth) and third != fourth):
                return False, ""
            return (None if "X" in (third, fourth) else True), ""


def expected(registry: list[D], least: int) -> set[tuple[str, str]]:
    """Number and phenotype of every donor to be listed; the antigens alone are told by another test."""
    found = set()
    for code, row in ROWS.items():
        if row["kind"] == "hla_antigen":
            continue
        said = {donor.number: says(code, donor) for donor in registry}
        decided = [one for one in said.values() if one[0] is not None]
        for number, (shows, antigens) in said.items():
            if not shows:
                continue
            like = [one for one in decided if one[0] and set(antigens.split()) <= set(one[1].split())]
            if not row["max_percent"]:
                listed = True
            elif len(decided) < least:
                listed = row["listed_unless_known_common"] == "yes"
            else:
                listed = Fraction(len(like), len(decided)) <= Fraction(row["max_percent"]) / 100
            if listed:
                found.add((number, code))
    return found


@pytest.mark.parametrize("least", [1, 12])
@given(registry=donors())
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_the_file_is_what_a_loop_over_the_donors_finds(engines, monkeypatch, least, registry):
    monkeypatch.setattr("services.rare_donors.finding.least_typed", lambda: least)
    with engines.write_session() as session:
        for table in (RareDonor, DonorIdentity, DonorEligibilityGap, Donor):
            session.exec(delete(table))
        put_donors(session, registry)
        refresh_rare_donors(session, now=NOW, actor="test")
        assert listed(session) == expected(registry, least)
        assert not refresh_rare_donors(session, now=NOW, actor="test").moved
        assert listed(session) == expected(registry, least)


def listed(session) -> set[tuple[str, str]]:
    query = select(Donor.donor_number, RareDonor.phenotype).join(RareDonor)
    found = session.exec(query.where(RareDonor.status != RareStatus.WITHDRAWN))
    return {(number, code) for number, code in found if code != "hla_uncommon_antigen"}


def test_every_phenotype_of_the_table_is_a_rule():
    assert list(rare_rules()) == list(ROWS)


ANALYTES = {"CD36": (*CD36[1:], INDETERMINATE), "HPA-1": ("a/a", "a/b", "b/b")}
stories = st.lists(
    st.one_of(
        st.sampled_from(sorted(ANALYTES)).flatmap(
            lambda analyte: st.tuples(st.just(analyte), st.sampled_from(ANALYTES[analyte]), st.sampled_from("1234"))
        ),
        st.integers(0, 7),  # withdraw one of the results
    ),
    max_size=8,
)


@given(story=stories, before=st.tuples(st.sampled_from(CD36), st.sampled_from(GENOTYPES)))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_whatever_is_recorded_and_withdrawn_the_file_and_the_registry_agree(engines, story, before):
    timing = Timing(NOW, "Europe/Paris", 24)
    with engines.write_session() as session:
        for table in (DonorTest, RareDonor, DonorIdentity, DonorEligibilityGap, DonorTyping, Donor):
            session.exec(delete(table))
        put_donors(session, [D("R", "A*01:01 A*02:01 B*07:02 B*08:01", more={"cd36": before[0], "hpa_1": before[1]})])
        for deed in story:
            with suppress(RefusedByRule), session.begin_nested():
                if isinstance(deed, tuple):
                    analyte, result, sample = deed
                    given = SampleResult("R", analyte, result, sample, TODAY)
                    record_test(session, result=given, campaign=None, actor="lab", timing=timing)
                elif rows := session.exec(select(DonorTest.id)).all():
                    which = rows[deed % len(rows)]
                    withdraw_test(session, test_id=which, reason="mixed up", actor="lab", timing=timing)
            refresh_rare_donors(session, now=NOW, actor="test")
            agrees(session)


def agrees(session):
    """What the file lists the registry shows, and what it calls confirmed two samples say, none of them otherwise."""
    donor = session.exec(select(Donor)).one()
    query = select(RareDonor).where(RareDonor.status != RareStatus.WITHDRAWN)
    found = {row.phenotype: row.status for row in session.exec(query).all()}
    samples = defaultdict(list)
    for row in session.exec(select(DonorTest).where(DonorTest.withdrawn_at.is_(None))).all():
        samples[row.analyte].append(row.result)
    kind = donor.cd36.removeprefix("negative").removeprefix(" type ") or "unknown"
    listed = f"cd36_negative_type_{ {'I': 1, 'II': 2}.get(kind, kind) }"
    for analyte, code, text in (("CD36", listed, donor.cd36), ("HPA-1", "hpa_1a_negative", donor.hpa_1)):
        shown = text.startswith("negative") if analyte == "CD36" else text == "b/b"
        assert (code in found) is shown
        results = samples[analyte]
        sure = len(results) > 1 and INDETERMINATE not in results and all(one[:3] in ("neg", "b/b") for one in results)
        types = {one.removeprefix("negative type ") for one in results} - {"negative", "b/b"}
        if analyte == "CD36" and kind != "unknown":
            sure = sure and types == {kind}
        assert (found.get(code) is RareStatus.CONFIRMED) is (sure and shown)
    assert len([code for code in found if code.startswith("cd36")]) <= 1

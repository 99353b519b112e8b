"""Drawing families, judging them, what relatives may know, and inviting brothers and sisters."""

from datetime import timedelta

import pytest
from sqlmodel import select

from domain.errors import InvalidFields, NotFound, RefusedByRule
from domain.kinship import Status
from models.audit import AuditEvent
from models.campaign import Invitation, Stage
from models.donor import Donor
from models.family import FamilyMember
from services.donor_export import export_person, person_json
from services.families.inviting import invitable, invite_siblings
from services.families.members import (
    edit_member,
    forget_donor,
    link_donor,
    record_family_consent,
    remove_member,
    unlink_donor,
)
from services.families.opening import change_prevalence, create_family
from services.families.page import Sight, family_json, list_families, open_family, relatives_of_donor
from services.families.phenotypes import known_phenotypes, typed_status
from tests.reserving import NOW, TIMING, TODAY
from tests.services.families.conftest import BOTH, COORDINATOR, SCIENTIST


def refused(code, do, /, *args, **asked):
    with pytest.raises((RefusedByRule, InvalidFields, NotFound)) as error:
        do(*args, **asked)
    found = error.value
    assert code in ([one.code for one in found.faults] if isinstance(found, InvalidFields) else [found.code])


def opened(session, family, by=COORDINATOR, **asked):
    return open_family(session, code=family.code, by=by, now=NOW, **asked)


def of(page, relation, sex=""):
    return next(n for n in page["members"] if n["relation"] == relation and sex in (n["sex"] or ""))


# --- drawing ----------------------------------------------------------------------------------------------------------


def test_relatives_come_with_the_parents_they_need(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        family.add("sibling", "M")
        family.add("half_by_mother", "F")
        child = family.add("child", "F")
        family.add("child", "M", of=child)
        page = opened(session, family)
    kinds = sorted(node["relation"] for node in page["members"])
    assert kinds == sorted(
        ["self", "parent", "parent", "sibling", "half_sibling", "parents_partner", "partner", "child", "relative",
         "grandchild"]
    )  # fmt: skip
    assert len({node["name"] for node in page["members"]}) == len(kinds)


def test_the_outline_tells_everybody_once(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        for kin in ("sibling", "half_by_father", "child"):
            family.add(kin)
        mother = next(one for one in family.rows.members if one.id == family.rows.first.mother_id)
        family.add("sibling", "M", of=mother)  # her parents stand beside his
        page = opened(session, family)
    told = []

    def walk(one):
        told.extend([] if one["again"] else [one["node"]["code"]])
        for couple in filter(None, one["families"]):
            for other in filter(None, [couple["partner"], *couple["children"]]):
                walk(other)

    for one in page["outline"]:
        walk(one)
    assert sorted(told) == sorted(node["code"] for node in page["members"])


def test_what_cannot_be_drawn_is_refused(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        family.add("mother")
        refused("family_parent_drawn", family.add, "mother")
        refused("family_kin_unknown", family.add, "cousin")
        refused("family_sex_unknown", family.add, "sibling", "X")
        refused("family_partner_needs_child", family.add, "partner")
        unknown = family.add("sibling", "")
        refused("family_sex_needed", family.add, "child", of=unknown)
        stale = {**family.at, "version": 1}
        refused("changed_meanwhile", remove_member, session, member=unknown.code, **stale)


def test_two_presses_draw_one_family_and_other_words_or_people_another(people):
    asked = {"phenotype": "CD36", "prevalence": "4 %", "source": "deck", "donor_number": "RARE", "by": COORDINATOR}
    soon = NOW + timedelta(seconds=5)
    with people.write_session() as session:
        first = create_family(session, **asked, now=NOW).code
        assert create_family(session, **asked, now=soon).code == first
        patient = {"phenotype": "HLA", "donor_number": "", "patient_number": "PAT-1", "by": BOTH}
        hla = {create_family(session, **asked | patient, now=at).code for at in (NOW, soon)}
        assert len(hla) == 1
        others = [
            {"prevalence": "5 %"}, {"source": "table"}, {"donor_number": "BROTHER"}, {"by": BOTH},
            {"phenotype": "HPA-1a"}, {"now": NOW + timedelta(seconds=30)},
        ]  # fmt: skip
        drawn = [create_family(session, **{**asked, "now": soon, **more}).code for more in others]
        assert len({first, *hla, *drawn}) == 2 + len(others) == len(session.exec(select(FamilyMember)).all())


def test_a_family_needs_one_known_person_and_a_share(people):
    asked = {"phenotype": "CD36", "prevalence": "4 %", "source": "deck", "by": COORDINATOR, "now": NOW}
    with people.write_session() as session:
        refused("family_needs_one_person", create_family, session, **asked)
        refused("family_needs_one_person", create_family, session, donor_number="RARE", patient_number="PAT-1", **asked)
        refused("family_patient_not_yours", create_family, session, patient_number="PAT-1", **asked)
        refused("family_phenotype_unknown", create_family, session, donor_number="RARE", **asked | {"phenotype": "D"})
        for share, code in (("0", "share_out_of_range"), ("120 %", "share_out_of_range"), ("x", "share_unreadable"),
                            ("100 %", "family_prevalence_unusable")):  # fmt: skip
            refused(code, create_family, session, donor_number="RARE", **asked | {"prevalence": share})
        refused("family_source_needed", create_family, session, donor_number="RARE", **asked | {"source": " "})
        hla = {"phenotype": "HLA", "prevalence": "", "source": ""}
        family = create_family(session, patient_number="PAT-1", **{**asked, **hla, "by": BOTH})
        assert family.prevalence is None


@pytest.mark.parametrize(
    ("typed", "code"),
    [({"birth_year": "1985", "sex": "F"}, "family_parent_younger"), ({"sex": "M"}, "family_parent_sex")],
)
def test_years_and_sexes_that_cannot_be_are_refused_and_change_nothing(people, drawn, typed, code):
    with people.write_session() as session:
        family = drawn(session)
        mother = family.add("mother")
        known = {"birth_year": "1990", "sex": "F"}
        edit_member(session, member=mother.code, typed=known, today=TODAY, **family.at)
        first, at = family.rows.first.code, family.at
    member = first if "birth_year" in typed else mother.code

    def change():
        with people.write_session() as session:
            edit_member(session, member=member, typed=typed, today=TODAY, **at)

    refused(code, change)
    with people.read_session() as session:
        kept = session.exec(select(FamilyMember)).all()
        assert {(one.birth_year, one.sex.value) for one in kept} == {("1990", "F"), ("", "F")}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ({"birth_year": "19x0"}, "family_year_unusable"),
        ({"birth_year": "2027"}, "family_year_unusable"),
        ({"status": "shows"}, "family_status_source_needed"),
        ({"status": "maybe"}, "family_status_unknown"),
        ({"alias": "a" * 61}, "family_text_unusable"),
        ({"sex": "X"}, "family_sex_unknown"),
    ],
)
def test_what_is_known_must_be_usable(people, drawn, typed, code):
    with people.write_session() as session:
        family = drawn(session)
        asked = {"member": family.rows.first.code, "typed": typed, "today": TODAY}
        refused(code, edit_member, session, **asked, **family.at)


# --- judging ----------------------------------------------------------------------------------------------------------


def test_a_typing_on_record_counts_before_the_hand_and_the_chance_follows(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        brother, sister = family.add("sibling", "M"), family.add("sibling", "F")
        before = opened(session, family)
        assert of(before, "sibling")["chance"] == pytest.approx(0.36)  # q = √0.04
        said = {"sex": "F", "status": "shows", "status_source": "report"}
        edit_member(session, member=sister.code, typed=said, today=TODAY, **family.at)
        assert of(opened(session, family), "sibling", "F")["basis"] == "hand"
        link_donor(session, member=sister.code, donor_number="SISTER", **family.at)
        link_donor(session, member=brother.code, donor_number="BROTHER", **family.at)
        after = opened(session, family)
    judged = of(after, "sibling", "F")
    assert (judged["status"], judged["basis"], judged["differs"]) == (Status.LACKS, "typing", True)
    assert of(after, "sibling", "M")["chance"] < 0.36  # one brother or sister without it speaks for a parent with one
    assert {one["code"] for one in after["said"]} == {"family_status_differs"}
    assert [node["donor"] for node in after["siblings"]] == ["BROTHER"]


def test_two_carriers_give_a_quarter_each_and_the_reason(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        for sex in "MFF":
            family.add("sibling", sex)
        for parent in [
            one for one in family.rows.members if one.id in (family.rows.first.mother_id, family.rows.first.father_id)
        ]:
            typed = {"sex": parent.sex.value, "status": "carrier", "status_source": "genotype"}
            edit_member(session, member=parent.code, typed=typed, today=TODAY, **family.at)
        page = opened(session, family)
    sister = of(page, "sibling")
    assert sister["chance"] == pytest.approx(0.25)
    assert page["at_least_one"] == pytest.approx(1 - 0.75**3)
    assert sister["why"] == {"code": "kin.both_carry_through", "params": {"because": page["first"]["name"]}}


def test_results_that_no_family_has_are_said_and_no_chance_is_shown(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        sibling = family.add("sibling")
        mother = next(one for one in family.rows.members if one.id == family.rows.first.mother_id)
        typed = {"sex": "F", "status": "clear", "status_source": "genotype"}
        edit_member(session, member=mother.code, typed=typed, today=TODAY, **family.at)
        page = opened(session, family)
    assert [one["code"] for one in page["said"]] == ["family_contradictory"]
    assert page["at_least_one"] is None
    assert next(n for n in page["members"] if n["code"] == sibling.code)["chance"] is None


def test_every_phenotype_reads_its_own_typing():
    donor = Donor(donor_number="X", hpa_1="b/b", hpa_5="a/b", cd36="negative", created_at=NOW, updated_at=NOW)
    assert typed_status("HPA-1a", donor) is Status.SHOWS
    assert typed_status("HPA-1b", donor) is Status.CLEAR
    assert typed_status("HPA-5b", donor) is Status.CARRIER
    assert typed_status("HPA-15a", donor) is None
    assert typed_status("CD36", donor) is Status.SHOWS
    assert all(typed_status(one, None) is None for one in known_phenotypes())


def test_an_hla_family_counts_identical_siblings(people, drawn):
    asked = {"phenotype": "HLA", "prevalence": "", "source": "", "donor_number": "RARE"}
    with people.write_session() as session:
        family = drawn(session, **asked)
        for sex in "MFF":
            family.add("sibling", sex)
        page = opened(session, family)
        assert page["at_least_one"] == pytest.approx(1 - 0.75**3)
        link_donor(session, member=page["siblings"][0]["code"], donor_number="BROTHER", **family.at)
        after = opened(session, family)
    assert of(after, "sibling", "M")["status"] is Status.SHOWS  # typed with the same antigens
    assert len(after["siblings"]) == 2


# --- who may know what ------------------------------------------------------------------------------------------------


def test_names_are_for_those_who_may_and_each_look_is_kept(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        typed = {"alias": "Tante Zoé", "birth_year": "1970", "sex": "F"}
        edit_member(session, member=family.rows.first.code, typed=typed, today=TODAY, **family.at)
        for by, names, seen in ((COORDINATOR, False, ""), (COORDINATOR, True, "Tante Zoé"), (SCIENTIST, True, "")):
            node = opened(session, family, by=by, names=names)["first"]
            assert (node["alias"], node["birth_year"]) == (seen, "1970" if seen else "")
        looks = session.exec(select(AuditEvent).where(AuditEvent.action == "family_names_seen")).all()
        assert [one.actor for one in looks] == ["coo"]
        trail = session.exec(select(AuditEvent)).all()
        assert not any("Zoé" in str(one.details) for one in trail)


def test_a_patient_has_no_number_for_those_who_do_not_see_patients(people, drawn):
    with people.write_session() as session:
        family = drawn(session, by=BOTH, donor_number="", patient_number="PAT-1")
        for by, number in ((COORDINATOR, None), (SCIENTIST, "PAT-1")):
            node = opened(session, family, by=by)["first"]
            assert (node["is_patient"], node["patient"]) == (True, number)
            assert "PAT-1" not in str(list_families(session, by=COORDINATOR, number=None, limit=9, offset=0))


def test_a_patients_families_are_listed_for_those_alone_who_see_patients(people, drawn):
    with people.write_session() as session:
        hers = drawn(session, by=BOTH, donor_number="", patient_number="PAT-1")
        drawn(session)
        asked = {"number": None, "limit": 9, "offset": 0}
        found, total = list_families(session, by=SCIENTIST, patient="PAT-1", **asked)
        assert ([one["code"] for one in found], total) == ([hers.code], 1)
        assert list_families(session, by=SCIENTIST, patient="PAT-2", **asked) == ([], 0)
        # to a coordinator the number opens nothing: not even whether that patient has a family
        assert list_families(session, by=COORDINATOR, patient="PAT-1", **asked)[1] == 2
        assert list_families(session, by=COORDINATOR, patient="PAT-2", **asked)[1] == 2


def test_nobody_sees_what_they_may_not_see(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        page = family_json(session, family.rows, Sight(donors=False, patients=False, names=False))
    assert "RARE" not in str({**page, "pedigree": None})


def test_a_result_reaches_another_members_page_only_with_consent(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        brother = family.add("sibling", "M")
        link_donor(session, member=brother.code, donor_number="BROTHER", **family.at)

        def told():
            (found,) = relatives_of_donor(session, donor_number="BROTHER", by=COORDINATOR)
            return next(one["status"] for one in found["relatives"] if one["label"]["donor"] == "RARE")

        assert told() is None
        agreed = {"member": family.rows.first.code, "on": TODAY, "today": TODAY}
        record_family_consent(session, agreed=True, **agreed, **family.at)
        assert told() is Status.SHOWS
        record_family_consent(session, agreed=False, **agreed, **family.at)
        assert told() is None
        tomorrow = {**agreed, "on": TODAY + timedelta(days=1)}
        refused("consent_day_unusable", record_family_consent, session, agreed=True, **tomorrow, **family.at)


def test_linking_and_taking_out(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        brother = family.add("sibling", "M")
        for number, code in (
            ("RARE", "family_donor_drawn"),
            ("SISTER", "family_sex_differs"),
            ("NONE", "unknown_donor"),
        ):
            refused(code, link_donor, session, member=brother.code, donor_number=number, **family.at)
        refused("family_member_not_linked", unlink_donor, session, member=brother.code, **family.at)
        link_donor(session, member=brother.code, donor_number="BROTHER", **family.at)
        refused("family_member_linked", link_donor, session, member=brother.code, donor_number="SILENT", **family.at)
        unlink_donor(session, member=brother.code, **family.at)
        first, mother = family.rows.first, next(one for one in family.rows.members if one.id == brother.mother_id)
        refused("family_first_stays", remove_member, session, member=first.code, **family.at)
        refused("family_first_stays", unlink_donor, session, member=first.code, **family.at)
        refused("family_has_children", remove_member, session, member=mother.code, **family.at)
        remove_member(session, member=brother.code, **family.at)
        refused("unknown_family_member", remove_member, session, member=brother.code, **family.at)
        change_prevalence(session, prevalence="7 %", source="deck", **family.at)
        assert family.family.prevalence == 0.07


def test_a_forgotten_donor_leaves_a_relative_of_whom_nothing_is_known(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        family.add("sibling")
        typed = {"alias": "Zoé", "birth_year": "1970", "sex": "F"}
        edit_member(session, member=family.rows.first.code, typed=typed, today=TODAY, **family.at)
        forget_donor(session, family.rows.first.donor_id, actor="coo", now=NOW)
        first = family.rows.first
        assert (first.donor_id, first.alias, first.birth_year, first.status) == (None, "", "", Status.UNTESTED)
        assert opened(session, family)["first"]["is_donor"] is False


# --- inviting ---------------------------------------------------------------------------------------------------------


def test_siblings_are_invited_once_and_only_those_who_may_be_called(running, drawn):
    with running.engines.write_session() as session:
        family = drawn(session)
        brother, silent, nobody = (family.add("sibling", "M") for _ in range(3))
        link_donor(session, member=brother.code, donor_number="BROTHER", **family.at)
        link_donor(session, member=silent.code, donor_number="SILENT", **family.at)
        offered = invitable(session, code=family.code)
        assert [one["code"] for one in offered["campaigns"]] == ["c-1"]
        faults = {one["code"]: one["fault"] for one in offered["siblings"]}
        assert faults == {brother.code: None, silent.code: "contact.no_consent", nobody.code: "family_not_a_donor"}

        def invite(*members, campaign="c-1"):
            at = {"code": family.code, "version": family.family.version_id, "by": COORDINATOR, "timing": TIMING}
            return invite_siblings(session, campaign=campaign, members=members, **at)

        for members, code in (((silent.code,), "family_not_invitable"), ((nobody.code,), "family_not_invitable"),
                              ((), "family_nobody_to_invite"),
                              ((family.rows.first.code,), "family_nobody_to_invite")):  # fmt: skip
            refused(code, invite, *members)
        refused("family_campaign_unknown", invite, brother.code, campaign="c-2")
        assert invite(brother.code) == 1
        row = session.exec(select(Invitation)).one()
        assert (row.stage, row.reasons) == (Stage.SELECTED, [{"code": "relative_to_test", "params": {}}])
        refused("family_invited_already", invite, brother.code)
        row.stage = Stage.OPTED_OUT
        session.add(row)
        refused("family_not_invitable", invite, brother.code)


def test_the_reason_says_the_result_of_a_sibling_only_with_their_agreement(running, drawn):
    with running.engines.write_session() as session:
        family = drawn(session)
        brother = family.add("sibling", "M")
        link_donor(session, member=brother.code, donor_number="BROTHER", **family.at)
        agreed = {"member": family.rows.first.code, "agreed": True, "on": TODAY, "today": TODAY}
        record_family_consent(session, **agreed, **family.at)
        at = {"code": family.code, "version": family.family.version_id, "by": COORDINATOR, "timing": TIMING}
        invite_siblings(session, campaign="c-1", members=[brother.code], **at)
        reason = session.exec(select(Invitation)).one().reasons
    assert reason == [{"code": "sibling_of_rare", "params": {"chance_percent": 36}}]


def test_a_person_is_given_what_is_written_of_them_and_nothing_of_the_others(people, drawn):
    with people.write_session() as session:
        family = drawn(session)
        sister = family.add("sibling", "F")
        for member, alias in ((family.rows.first.code, "Zoé"), (sister.code, "Anne")):
            typed = {"alias": alias, "birth_year": "1970", "sex": "F"}
            edit_member(session, member=member, typed=typed, today=TODAY, **family.at)
        given = export_person(session, number="RARE", form="json", actor="coo", now=NOW)
    (written,) = given["families"]
    assert (written["alias"], written["birth_year"], written["phenotype"]) == ("Zoé", "1970", "CD36")
    assert "Anne" not in person_json(given)

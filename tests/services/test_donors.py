"""The derived columns of a donor, and rebuilding them for a whole registry."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select

from domain.eligibility import Deferral
from domain.errors import RefusedByRule
from domain.windows import Window
from models.donor import NEVER_DAY, TYPING_COLUMNS, Donor, DonorEligibilityGap, DonorIdentity
from models.donor import Deferral as DeferralRow
from models.registry import RegistryState
from services.donors import DonorDeriver, _days, check_derived_alike, mark_registry_changed, rederive_all
from services.imports.donors import import_donors
from services.imports.request import ImportRequest
from services.reference import core_reference
from services.rule_tables import eligibility_rules

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RULES = eligibility_rules(date(2026, 11, 22))
BLANK = {
    **dict.fromkeys(TYPING_COLUMNS, ""), "region": None, "abo": None, "consent_contact": True, "status": "active",
    "sex": "F", "weight_kg": None, "platelet_count": None, "last_donation_on": None, "last_donation_type": None,
    "donations_12m": None, "pregnancies": None, "hla_antibody_screen": None,
}  # fmt: skip


def derive(birth_date="1980-05-17", deferrals=(), **given):
    return DonorDeriver(core_reference(), RULES).derive({**BLANK, **given}, birth_date=birth_date, deferrals=deferrals)


def day(*when):
    return (date(*when) - date(1970, 1, 1)).days


def test_keys_are_written_in_canonical_form_and_say_nothing_of_what_cannot_be_read():
    derived = derive(
        region="Bretagne", abo="O", hla_a_1="a2", hla_a_2="-", hla_b_1="B*7", hla_b_2="A99", hpa_1="HPA-1a/1b",
        hpa_15="bb", hpa_3="nonsense", cd36="neg type 1",
    )  # fmt: skip
    assert derived.phenotype_key == "A2+-^B*07+?^?+?"
    assert derived.class_key == "Bretagne\tO\ta/b,,,,b/b\tnegative type I"


@pytest.mark.parametrize(
    ("status", "consent", "searchable"),
    [("active", True, True), ("active", False, False), ("deferred", True, False), ("inactive", True, False)],
)
def test_only_an_active_donor_who_agreed_is_searched(status, consent, searchable):
    assert derive(status=status, consent_contact=consent).searchable == searchable


def test_the_window_in_days():
    assert (derive().eligible_from_day, derive().eligible_until_day) == (day(1998, 5, 17), day(2046, 5, 17))
    assert derive(birth_date=None).eligible_from_day == NEVER_DAY
    assert derive(weight_kg=49.0).eligible_from_day == NEVER_DAY


def test_a_deferral_in_the_middle_is_a_gap():
    derived = derive(deferrals=[Deferral(date(2027, 1, 1), date(2027, 1, 31))])
    assert derived.gaps == ((day(2027, 1, 1), day(2027, 2, 1)),)
    assert derived.columns()["has_gaps"]


dates = st.dates(date(1890, 1, 1), date(2300, 1, 1))


@given(st.tuples(dates, dates, dates, dates).map(sorted))
def test_days_stay_inside_their_columns_and_in_order(when):
    start, gap_start, gap_end, end = when
    gaps = ((gap_start, gap_end),) if start < gap_start < gap_end < end else ()
    from_day, until_day, found = _days(Window(start, end, gaps))
    assert 0 <= from_day <= until_day <= NEVER_DAY
    assert all(from_day <= one < other <= until_day for one, other in found)


def test_what_is_over_before_1970_is_never():
    assert _days(Window(date(1920, 1, 1), date(1969, 12, 31))) == (NEVER_DAY, NEVER_DAY, ())


HEADER = "donor_number,birth_date,consent_contact,status,hla_a_1,hla_a_2\n"
FILE = HEADER + "".join(f"D{n},1980-05-17,yes,active,A*01,A*0{n % 3 + 1}\n" for n in range(7))


@pytest.fixture
def registry(engines, now):
    """Seven donors."""
    request = ImportRequest(content=FILE.encode(), file_name="d.csv", actor="test", now=now)
    with engines.write_session() as session:
        import_donors(session, request, reference=core_reference(), rules=RULES)
    return engines


def rederive(engines, now):
    with engines.write_session() as session:
        return rederive_all(session, reference=core_reference(), rules=RULES, now=now)


def test_rederiving_a_sound_registry_changes_no_donor(registry, now):
    assert rederive(registry, now) == 0


def test_rederiving_mends_what_is_wrong_from_the_raw_text_alone(registry, now, monkeypatch):
    monkeypatch.setattr("services.donors.REDERIVED_AT_ONCE", 3)
    with registry.write_session() as session:
        before = {one.donor_number: one.model_dump() for one in session.exec(select(Donor))}
        for one in session.exec(select(Donor)):
            one.phenotype_key, one.eligible_from_day, one.searchable = "spoilt", 1, False
    assert rederive(registry, now) == 7
    with registry.read_session() as session:
        after = {one.donor_number: one.model_dump() for one in session.exec(select(Donor))}
    kept = {"version_id", "updated_at"}
    strip = lambda rows: {n: {k: v for k, v in row.items() if k not in kept} for n, row in rows.items()}  # noqa: E731
    assert strip(after) == strip(before)


def test_rederiving_takes_deferrals_and_identities_into_account(registry, now):
    with registry.write_session() as session:
        first, second = session.exec(select(Donor).order_by(Donor.id).limit(2)).all()
        session.add(
            DeferralRow(
                donor_id=first.id, from_on=date(2027, 1, 1), until_on=date(2027, 1, 2), reason="x", recorded_at=now
            )
        )
        session.get(DonorIdentity, second.id).birth_date = None
    assert rederive(registry, now) == 2
    with registry.read_session() as session:
        gaps = session.exec(select(DonorEligibilityGap)).all()
        assert [(gap.from_day, gap.until_day) for gap in gaps] == [(day(2027, 1, 1), day(2027, 1, 3))]
        assert sorted(one.eligible_from_day for one in session.exec(select(Donor)))[-1] == NEVER_DAY


def state_of(engines):
    with engines.read_session() as session:
        state = session.exec(select(RegistryState)).one()
        return state.version, state.reference_name, state.rules_name


def test_the_registrys_version_grows_with_each_change_and_its_names_stay(registry):
    before = state_of(registry)
    with registry.write_session() as session:
        mark_registry_changed(session, now=NOW)
    assert (before, state_of(registry)) == ((1, "core-1", "FR-2026"), (2, "core-1", "FR-2026"))


def derived_otherwise(engines):
    """As if the donors on record had been derived last year."""
    with engines.write_session() as session:
        state = session.exec(select(RegistryState)).one()
        state.reference_name, state.rules_name = "core-0", "FR-2020"


def test_no_donor_joins_those_derived_under_other_names(registry, now):
    derived_otherwise(registry)
    one = ImportRequest(
        content=f"{HEADER}D9,1980-05-17,yes,active,A*01,A*02\n".encode(), file_name="d.csv", actor="test", now=now
    )
    with pytest.raises(RefusedByRule) as refused, registry.write_session() as session:
        import_donors(session, one, reference=core_reference(), rules=RULES)
    assert refused.value.code == "registry_derived_otherwise"
    assert refused.value.params == {"recorded": "core-0, FR-2020", "in_force": "core-1, FR-2026"}
    assert state_of(registry) == (1, "core-0", "FR-2020")


def test_a_change_alone_does_not_rename_what_donors_were_derived_under(registry):
    derived_otherwise(registry)
    with registry.write_session() as session:
        mark_registry_changed(session, now=NOW)
    assert state_of(registry) == (2, "core-0", "FR-2020")


def test_rederiving_all_renames_it_and_lets_donors_join_again(registry, now):
    derived_otherwise(registry)
    rederive(registry, now)
    assert state_of(registry) == (2, "core-1", "FR-2026")
    with registry.read_session() as session:
        check_derived_alike(session, reference=core_reference(), rules=RULES)

"""The demo's sera: made from readable tables, shaped by groups of like antigens, and never against oneself."""

import pytest

from services.reference import core_reference
from services.synthetic.demo_sera import ANTIBODY_FOLDER, demo_antibody_files
from services.synthetic.population import read_demo_table
from services.synthetic.sera import BACKGROUND_CEILING_MFI, SATURATION_MFI, Target, bead_readings

PANEL = ["A*01:01", "A*02:01", "A*02:03", "A*24:02", "B*07:02", "B*08:01", "B*44:02", "B*57:01", "C*07:01"]


def read(*targets, own=frozenset(), strength=1.0, sample="S1", panel=PANEL):
    return dict(
        bead_readings(
            panel, targets, own=own, strength=strength, patient="P", sample=sample, reference=core_reference()
        )
    )


def reactive(readings):
    return {allele for allele, mfi in readings.items() if mfi > BACKGROUND_CEILING_MFI}


def test_the_files_are_what_the_tables_say():
    files = {path.name: path.read_text(encoding="utf-8") for path in ANTIBODY_FOLDER.iterdir()}
    assert files == demo_antibody_files(core_reference())


def test_every_bead_of_the_panel_is_one_the_nomenclature_knows():
    alleles = [row["allele"] for row in read_demo_table("panel")]
    assert len(alleles) == len(set(alleles))
    unlisted = [allele for allele in alleles if allele not in core_reference().alleles and not allele.startswith("C")]
    assert unlisted == []


@pytest.mark.parametrize(
    ("specificity", "hit"),
    [
        ("A2", {"A*02:01", "A*02:03"}),
        ("A*02:01", {"A*02:01"}),
        ("A9", {"A*24:02"}),
        ("Bw4", {"A*24:02", "B*44:02", "B*57:01"}),
        ("CREG 7C", {"B*07:02", "B*08:01"}),
        ("CREG 2C", {"A*02:01", "A*02:03", "A*24:02", "B*57:01"}),
    ],
)
def test_an_antibody_hits_what_it_is_against(specificity, hit):
    assert reactive(read(Target(specificity, 5_000))) == hit


def test_nothing_of_the_patient_reacts():
    assert reactive(read(Target("CREG 2C", 9_000), own=frozenset({"A2", "A24"}))) == {"A*02:03", "B*57:01"}
    assert reactive(read(Target("CREG 7C", 9_000), own=frozenset({"B*07:02"}))) == {"B*08:01"}


def test_a_serum_without_antibodies_stays_in_the_background():
    assert reactive(read()) == set()


def test_a_treated_serum_falls_and_a_stubborn_antibody_falls_less():
    easy, stubborn = Target("A2", 10_000, fall=1.0), Target("B7", 10_000, fall=0.3)
    before, after = read(easy, stubborn), read(easy, stubborn, strength=0.2)
    assert after["A*02:01"] < before["A*02:01"] * 0.3
    assert before["B*07:02"] * 0.4 < after["B*07:02"] < before["B*07:02"]


def test_readings_are_the_same_each_time_and_differ_from_serum_to_serum():
    target = Target("A2", 5_000)
    assert read(target) == read(target)
    assert read(target) != read(target, sample="S2")


def test_a_reading_is_saturated_at_the_top():
    assert max(read(Target("A2", 1_000_000)).values()) == SATURATION_MFI

"""Laboratory files: four formats into one shape, whose serum it is, and what happens to one already on record."""

from datetime import date, timedelta

import pytest
from sqlmodel import col, select

from domain.errors import NotFound, UnusableInput
from models.antibody import Bead, SerumSample
from models.importing import ImportRow
from services.imports.antibodies import refused_by_rule
from services.patients import Request, get_case
from services.reference import core_reference

MATCHIT = "Sample ID,Patient Name       ,Lot ID   ,Run Date  ,Allele ,Assignment,Raw Value\n"
FUSION = (
    '"PatientID";"SampleIDName";"RunDate";"CatalogID";"BeadID";"Specificity";"RawData";{more}'
    '"NC1BeadID";"PC1BeadID";"NC2BeadID";"PC2BeadID";"Rxn";\r\n'
)
EMPTY = ",".join(["-"] * 12)


def matchit(*beads, sample="S1", lot="300-SA1", run="10-12-2019", header=MATCHIT):
    return header + "".join(f"{sample} ,Patient 1 ,{lot} ,{run},{allele} ,Negative ,{mfi}  \n" for allele, mfi in beads)


def fusion(*beads, patient="P1", sample="S1", normal=False, lot="LS1A04NC27_015_00"):
    """A class I export: the one in the shared data is of class II, with the same columns."""
    lines = []
    for number, (alleles, *mfis) in enumerate(beads, start=1):
        slots = ",".join([*alleles, *["-"] * (12 - len(alleles))])
        values = ";".join(f'"{mfi}"' for mfi in mfis)
        lines.append(
            f'"{patient}";"{sample}";"29-07-2019";"{lot}";"{number:03d}";"{slots}";{values};"";"";"001";"002";"8";\r\n'
        )
    return ("\ufeff" + FUSION.format(more='"NormalValue";' if normal else "") + "".join(lines)).encode()


CONTROLS = (([], "70,96"), ([], "7402,82"))


@pytest.fixture
def sera(engines):
    """Every stored serum with its beads: {(sample, class): (serum, [(kind, allele, raw, mfi)])}."""

    def find():
        with engines.read_session() as session:
            found = {}
            for serum in session.exec(select(SerumSample)):
                beads = session.exec(select(Bead).where(Bead.sample_id == serum.id).order_by(col(Bead.position)))
                rows = [(bead.kind.value, bead.allele_text, bead.raw_mfi, bead.mfi) for bead in beads]
                found[serum.sample_code, serum.hla_class.value] = (serum, rows)
            session.expunge_all()
            return found

    return find


def test_match_it(import_antibody_file, two_patients, sera):
    result = import_antibody_file(matchit(("A*01:01", 128), ("B*07:02", 84)).encode())
    assert (result.rows, result.created, result.details["format"]) == (2, 2, "matchit")
    serum, beads = sera()["S1", "I"]
    assert (serum.kit_lot, serum.run_on, serum.source_format) == ("300-SA1", date(2019, 12, 10), "matchit")
    assert beads == [("hla", "A*01:01", 128, 128), ("hla", "B*07:02", 84, 84)]


def test_fusion_of_class_one_with_raw_values_and_control_beads(import_antibody_file, two_patients, sera):
    result = import_antibody_file(fusion(*CONTROLS, (["A*01:01"], "4362,43"), (["C*07:02"], "12")))
    assert (result.created, result.issues) == (4, ())
    serum, beads = sera()["S1", "I"]
    assert (serum.kit_lot, serum.run_on) == ("LS1A04NC27_015_00", date(2019, 7, 29))
    assert beads == [
        ("negative_control", "001", 70.96, 70.96), ("positive_control", "002", 7402.82, 7402.82),
        ("hla", "A*01:01", 4362.43, 4362.43), ("hla", "C*07:02", 12, 12),
    ]  # fmt: skip


def test_fusion_takes_the_normal_value_where_it_was_exported(import_antibody_file, two_patients, sera):
    content = fusion((["A*01:01"], "500,5", "400"), (["A*02:01"], "-3,5", "20"), (["B*07:02"], "", "30"), normal=True)
    content = content.replace(b'"RawData";"NormalValue"', b'"NormalValue";"RawData"')
    result = import_antibody_file(content)
    assert sera()["S1", "I"][1] == [
        ("hla", "A*01:01", 400, 500.5), ("hla", "A*02:01", 20, 0), ("hla", "B*07:02", 30, 30),
    ]  # fmt: skip
    assert {(issue.code, issue.line) for issue in result.issues} == {("negative_mfi", 3), ("adjusted_missing", 4)}


def test_a_file_of_both_classes_becomes_two_sera(import_antibody_file, two_patients, sera):
    import_antibody_file(
        fusion((["A*01:01"], "5"), (["DRB1*01:01"], "6"), (["", "", "", "", "DQA1*05:01", "-", "DQB1*02:01"], "7"))
    )
    assert [bead[1] for bead in sera()["S1", "I"][1]] == ["A*01:01"]
    assert [bead[1] for bead in sera()["S1", "II"][1]] == ["DRB1*01:01", "DQA1*05:01~DQB1*02:01"]


HAML_04 = """<?xml version="1.0"?><haml xmlns="urn:HAML.Namespace" version="0.4.4"><patient><sample><assay>
<working-sample><solid-phase-panel><raw-MFI-divider>2</raw-MFI-divider>{beads}<lot-number>L1</lot-number></solid-phase-panel>
<treatment><method>EDTA</method></treatment></working-sample><assay-date>2024-12-12</assay-date></assay>
<sample-id>S1</sample-id></sample><patient-id>nobody</patient-id></patient></haml>"""
BEAD_04 = """<bead><bead-info><bead-id>{n}</bead-id><type>{type}</type><HLA-target-type>{allele}</HLA-target-type></bead-info>
<raw-data><sample-raw-MFI>{raw}</sample-raw-MFI><negative-control-serum-raw-MFI>9</negative-control-serum-raw-MFI></raw-data>
<converted-data>{adjusted}</converted-data></bead>"""


def haml_04(*beads):
    text = "".join(
        BEAD_04.format(
            n=n,
            type="test",
            allele=allele,
            raw=raw,
            adjusted=f"<sample-adjusted-MFI>{mfi}</sample-adjusted-MFI>" if mfi else "",
        )
        for n, (allele, raw, mfi) in enumerate(beads, start=1)
    )
    return HAML_04.format(beads=text).encode()


def test_haml_04_in_whatever_order_its_elements_come(import_antibody_file, two_patients, sera):
    result = import_antibody_file(haml_04(("A*01:01", 399, 276), ("A*02:01", 50, None), ("A*03:01", 10, -4)))
    serum, beads = sera()["S1", "I"]
    assert (serum.kit_lot, serum.run_on, serum.treatment) == ("L1", date(2024, 12, 12), "EDTA")
    assert beads == [("hla", "A*01:01", 399, 276), ("hla", "A*02:01", 50, 50), ("hla", "A*03:01", 10, 0)]
    assert {issue.code for issue in result.issues} == {"adjusted_missing", "negative_mfi"}


HAML_05 = """<haml xmlns="urn:HAML.Namespace" version="0.5.3"><patient><patient-id>P2</patient-id><sample><sample-id>S9</sample-id>
<working-sample><working-sample-id>W1</working-sample-id>{assay}</working-sample>{more}</sample></patient></haml>"""
ASSAY_05 = """<assay><assay-date>2025-10-23T09:00:00+02:00</assay-date><assay-kit><lot-number>{lot}</lot-number>
<raw-MFI-divider>0.5</raw-MFI-divider></assay-kit>
<target-bead-observation><bead-info><bead-id>1</bead-id><bead-type>negative-control</bead-type></bead-info><bead-raw-data><raw-MFI>78</raw-MFI></bead-raw-data></target-bead-observation>
<target-bead-observation><bead-info><bead-id>3</bead-id><bead-type>target</bead-type><HLA-target-type>A*01:01</HLA-target-type></bead-info>
<bead-raw-data><raw-MFI>{raw}</raw-MFI></bead-raw-data>
<bead-adjusted-data><mfi-ratio>3.4</mfi-ratio></bead-adjusted-data>{adjusted}
<control-bead-observation><bead-raw-data><raw-MFI>9999</raw-MFI></bead-raw-data><bead-adjusted-data><adjusted-mfi>8888</adjusted-mfi></bead-adjusted-data></control-bead-observation>
</target-bead-observation></assay>"""
ADJUSTED = "<bead-adjusted-data><adjusted-mfi>{}</adjusted-mfi></bead-adjusted-data>"


def haml_05(adjusted, more="", lot="L5", raw=344):
    assay = ASSAY_05.format(adjusted="".join(ADJUSTED.format(mfi) for mfi in adjusted), lot=lot, raw=raw)
    return HAML_05.format(assay=assay, more=more).encode()


@pytest.mark.parametrize(
    ("adjusted", "mfi", "codes"),
    [([], 344, []), (["209.7"], 209.7, []), (["209.7", "302.3"], 209.7, ["several_adjusted"])],
)
def test_haml_05_takes_the_first_adjusted_value_never_a_ratio_nor_a_control(
    adjusted, mfi, codes, import_antibody_file, two_patients, sera
):
    result = import_antibody_file(haml_05(adjusted))
    serum, beads = sera()["S9", "I"]
    assert beads == [("negative_control", "1", 78, 78), ("hla", "A*01:01", 344, mfi)]
    assert (serum.run_on, [issue.code for issue in result.issues]) == (date(2025, 10, 23), codes)


def test_two_preparations_of_one_sample_keep_their_own_names(import_antibody_file, two_patients, sera):
    second = "<working-sample><working-sample-id>W2</working-sample-id><treatment><method>Dilution</method><ratio>1:10</ratio></treatment>"
    result = import_antibody_file(
        haml_05(["5"], more=second + ASSAY_05.format(adjusted="", lot="L5", raw=7) + "</working-sample>")
    )
    assert set(sera()) == {("S9/W1", "I"), ("S9/W2", "I")}
    assert sera()["S9/W2", "I"][0].treatment == "Dilution 1:10"
    assert {issue.code for issue in result.issues} == {"working_samples"}


REJECTED = (
    b"<interpretation><reject-assay>true</reject-assay><reject-reason>clot</reject-reason></interpretation></assay>"
)


def test_an_assay_the_laboratory_rejected_is_said_and_read_only_where_it_is_named(
    import_antibody_file, two_patients, sera, engines
):
    content = haml_04(("A*01:01", 399, 276)).replace(b"</assay>", REJECTED)
    result = import_antibody_file(content)
    (issue,) = result.issues
    assert (issue.code, issue.severity, issue.params["reason"]) == ("assay_rejected", "warning", "clot")
    ((serum, _),) = sera().values()
    (described,) = result.details["samples"]

    def read(sample=None):
        with engines.read_session() as session:
            case = get_case(
                session, described["patient"], Request(sample=sample), core_reference(), on=date(2026, 11, 22)
            )
            return case.sample and case.sample.sample_code, {one.code for one in case.issues if "sample" in one.code}

    assert read() == (None, {"no_sample", "rejected_sample_not_read"})
    assert read(serum.sample_code) == (serum.sample_code, {"rejected_sample_read"})
    again = import_antibody_file(haml_04(("A*01:01", 399, 276)))
    assert "rejected: yes → –" in again.issues[0].params["differences"]


def test_a_run_in_the_future_is_refused(import_antibody_file, two_patients, sera, now):
    ahead = now.date() + timedelta(days=40)
    content = matchit(("A*01:01", 1), run=f"{ahead:%d-%m-%Y}").encode()
    result = import_antibody_file(content)
    (issue,) = result.issues
    assert (result.refused, issue.code, issue.params["run_on"], sera()) == (1, "run_in_future", ahead.isoformat(), {})
    assert refused_by_rule(result)
    with pytest.raises(UnusableInput, match="run_option_in_future"):
        import_antibody_file(content, run_on=ahead)
    assert import_antibody_file(content, run_on=now.date()).created == 1


def test_a_serum_drawn_in_the_future_is_refused(import_antibody_file, two_patients, sera, now):
    ahead = now.date() + timedelta(days=40)

    def drawn(day):
        said = f"<sample-date>{day.isoformat()}</sample-date><sample-id>".encode()
        return haml_04(("A*01:01", 399, 276)).replace(b"<sample-id>", said)

    result = import_antibody_file(drawn(ahead))
    (issue,) = result.issues
    assert (result.refused, issue.code, sera()) == (1, "sampled_in_future", {})
    assert issue.params["sampled_on"] == ahead.isoformat()
    assert refused_by_rule(result)
    assert import_antibody_file(drawn(now.date())).created == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (
            b'<!DOCTYPE haml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><haml version="0.5.3">&b;</haml>',
            "xml_with_entities",
        ),
        (b'<!DOCTYPE haml SYSTEM "http://example.org/x.dtd"><haml version="0.5.3"/>', "xml_with_entities"),
        (
            b'<!DOCTYPE h [<!ENTITY x SYSTEM "file:///etc/passwd">]><haml version="0.5.3">&x;</haml>',
            "xml_with_entities",
        ),
        (haml_05(["1"])[:-60], "xml_damaged"),
        (b"<haml version='0.5.3'><patient></haml>", "xml_damaged"),
        (b"<haml version='0.5.3'>&unknown;</haml>", "xml_damaged"),
        (b'<?xml version="1.0" encoding="klingon"?><haml version="0.5.3"/>', "xml_damaged"),
        (b"<haml version='0.6.0'></haml>", "haml_version_unknown"),
        (b"<haml></haml>", "haml_version_unknown"),
        (b"<hml version='1.0'></hml>", "xml_not_haml"),
        (b"<haml version='0.5.3'></haml>", "file_without_rows"),
        (b"<haml version='0.5.3'>" + b"<a>" * 100, "xml_too_deep"),
    ],
)
def test_xml_that_cannot_be_used(content, code, import_antibody_file, sera):
    with pytest.raises(UnusableInput) as refused:
        import_antibody_file(content, patient=None)
    assert (refused.value.code, sera()) == (code, {})


@pytest.mark.parametrize(
    "text",
    [
        "allele,MFI\nA*01:01,120\nB*07:02,3500\n",
        "A*01:01;120\nB*07:02;3500\n",
        "MFI\tBead\n120\tA*01:01\n3500\tB*07:02\n",
        "Bead specificity;Trimmed mean\nA*01:01;120,0\nB*07:02;3500\n",
    ],
)
def test_two_columns_with_or_without_a_heading(text, import_antibody_file, two_patients, sera):
    result = import_antibody_file(text.encode(), patient="P2", sample_code="T1")
    assert (result.rows, result.details["format"]) == (2, "two_column")
    assert [bead[1:] for bead in sera()["T1", "I"][1]] == [("A*01:01", 120, 120), ("B*07:02", 3500, 3500)]


@pytest.mark.parametrize("first", ["A*01:01,<100", "A*01:01,1e9", "A*01:01,NaN", "Unknown,5", "neg control,x"])
def test_a_first_row_that_holds_a_bead_is_never_taken_for_a_heading(first, import_antibody_file, two_patients):
    result = import_antibody_file(f"{first}\nA*02:01,5\nB*07:02,6\n".encode(), sample_code="S1")
    assert result.rows == 3


def test_unknown_headings_in_words_are_headings(import_antibody_file, two_patients):
    result = import_antibody_file(b"Antigene teste,Lecture\nA*02:01,5\nB*07:02,6\n", sample_code="S1")
    assert (result.rows, result.refused) == (2, 0)


def test_two_columns_of_a_spreadsheet_named_after_its_file(import_antibody_file, two_patients, sera, xlsx):
    content = xlsx([["allele", "MFI"], ["A*01:01", 1.234], ["Negative control", 50], ["contrôle positif", 9000]])
    result = import_antibody_file(content, patient="P1", file_name="serum 7.xlsx", run_on=date(2026, 1, 2))
    serum, beads = sera()["serum 7", "I"]
    assert (serum.run_on, [issue.code for issue in result.issues]) == (date(2026, 1, 2), ["sample_named_after_file"])
    assert [(kind, mfi) for kind, _, _, mfi in beads] == [
        ("hla", 1.234),
        ("negative_control", 50),
        ("positive_control", 9000),
    ]


@pytest.mark.parametrize(
    ("bead", "code"),
    [
        (("A*01:01", "1,234"), "number_ambiguous"),
        (("A*01:01", "high"), "number_unreadable"),
        (("A*01:01", ""), "mfi_missing"),
        (("", "120"), "allele_missing"),
    ],
)
def test_a_line_that_cannot_be_read_is_refused_and_its_serum_completed_later(
    bead, code, import_antibody_file, two_patients, sera, engines
):
    def file(first):
        return "\n".join(["allele;MFI", ";".join(first), "B*07:02;3500", "C*07:02;9", ""]).encode()

    result = import_antibody_file(file(bead), patient="P1", sample_code="T1")
    assert (result.created, result.refused) == (2, 1)
    assert [(issue.code, issue.line) for issue in result.issues] == [(code, 2), ("serum_incomplete", 3)]
    assert len(sera()["T1", "I"][1]) == 2
    assert import_antibody_file(file(("A*01:01", "120")), patient="P1", sample_code="T1").updated == 3
    assert sera()["T1", "I"][1][0] == ("hla", "A*01:01", 120, 120)
    again = import_antibody_file(file(("A*01:01", "121")), patient="P1", sample_code="T1")
    assert (again.refused, again.issues[0].code) == (3, "serum_differs")
    with engines.read_session() as session:
        assert {row.outcome for row in session.exec(select(ImportRow))} == {"created", "refused", "updated"}


def test_odd_beads_are_kept_and_said(import_antibody_file, two_patients, sera):
    beads = (("A*01:01", 10), ("A*01:01", 30), ("A*99:01", 5), ("MICA*002", 6), ("A2", 7), ("B*07:02", -20))
    result = import_antibody_file(matchit(*beads).encode())
    assert (result.created, result.refused) == (6, 0)
    assert [(issue.code, issue.raw) for issue in result.issues if issue.severity == "warning"] == [
        ("duplicate_bead", "A*01:01"), ("unknown_bead", "A*99:01"), ("unknown_bead", "MICA*002"), ("unknown_bead", "A2"),
    ]  # fmt: skip
    assert len(sera()["S1", "I"][1]) == 6
    assert sera()["S1", "I"][1][-1] == ("hla", "B*07:02", -20, 0)


def test_chains_met_several_times_in_class_two_are_no_doubles(import_antibody_file, two_patients):
    beads = (
        ("DQA1*02:01", 1),
        ("DQB1*02:01", 1),
        ("DQA1*02:01", 2),
        ("DQB1*03:01", 2),
        ("DRB1*01:01", 3),
        ("DRB1*01:01", 4),
    )
    result = import_antibody_file(matchit(*beads).encode())
    assert [(issue.code, issue.raw) for issue in result.issues] == [("duplicate_bead", "DRB1*01:01")]


# --- whose serum it is --------------------------------------------------------------------------------------------


def owner(result):
    return [(sample["sample"], sample["patient"]) for sample in result.details["samples"]]


def test_the_files_patient_id_goes_first(import_antibody_file, two_patients):
    result = import_antibody_file(fusion((["A*01:01"], "5"), patient="P2", sample="S1"))
    assert owner(result) == [("S1", "P2")]
    assert [issue.code for issue in result.issues] == ["sample_expected_by_other"]


def test_then_the_patient_who_expects_the_sample(import_antibody_file, two_patients):
    result = import_antibody_file(fusion((["A*01:01"], "5"), patient="unknown", sample="S2"), patient="P1")
    assert owner(result) == [("S2", "P2")]
    assert [issue.code for issue in result.issues] == ["patient_option_not_used"]


def test_then_the_patient_given_then_the_map(import_antibody_file, two_patients):
    content = fusion((["A*01:01"], "5"), patient="unknown", sample="X")
    assert owner(import_antibody_file(content, patient="P1", mode="check")) == [("X", "P1")]
    assert owner(import_antibody_file(content, by_sample={"X": "P2"})) == [("X", "P2")]


def test_a_serum_of_nobody_is_refused_by_name_and_the_others_are_kept(import_antibody_file, two_patients, sera):
    content = (
        matchit(("A*01:01", 1), sample="S1") + matchit(("A*01:01", 1), ("A*02:01", 2), sample="X7", header="")
    ).encode()
    result = import_antibody_file(content)
    assert (result.rows, result.created, result.refused) == (3, 1, 2)
    (issue,) = result.issues
    assert (issue.code, issue.line, issue.raw) == ("serum_of_nobody", 3, "X7")
    assert set(sera()) == {("S1", "I")}


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ({"by_sample": {"X": "P9"}}, ["mapped_patient_unknown"]),
        ({"by_sample": {"Y": "P1"}}, ["map_sample_unused", "serum_of_nobody"]),
    ],
)
def test_a_map_that_does_not_help_is_said(options, codes, import_antibody_file, two_patients):
    result = import_antibody_file(fusion((["A*01:01"], "5"), patient="?", sample="X"), **options)
    assert [issue.code for issue in result.issues] == codes


def test_a_map_that_the_data_overrule_is_said_and_so_are_its_rows_without_a_sample(import_antibody_file, two_patients):
    content = matchit(("A*01:01", 1)).encode()
    result = import_antibody_file(content, by_sample={"S1": "P2", "TYPO": "P1"})
    assert owner(result) == [("S1", "P1")]
    assert {issue.code: (issue.severity, issue.params) for issue in result.issues} == {
        "map_sample_unused": ("warning", {"sample": "TYPO", "patient": "P1"}),
        "map_not_used": ("warning", {"sample": "S1", "patient": "P1", "other": "P2"}),
    }


def test_a_map_that_the_data_agree_with_says_nothing(import_antibody_file, two_patients):
    assert import_antibody_file(matchit(("A*01:01", 1)).encode(), by_sample={"S1": "P1"}).issues == ()


def test_a_map_to_nobody_is_refused_even_for_a_serum_on_record(import_antibody_file, two_patients):
    content = matchit(("A*01:01", 1)).encode()
    import_antibody_file(content)
    result = import_antibody_file(content, by_sample={"S1": "NOPE"})
    assert (result.refused, [(issue.code, issue.params["patient"]) for issue in result.issues]) == (
        1, [("mapped_patient_unknown", "NOPE")],
    )  # fmt: skip


def test_only_a_serum_that_was_imported_is_said_to_be_incomplete(import_antibody_file, two_patients):
    broken = matchit(("A*01:01", 1), ("A*02:01", "x"), sample="X7").encode()
    codes = [issue.code for issue in import_antibody_file(broken).issues]
    assert codes == ["serum_of_nobody", "number_unreadable"]


def test_a_sample_that_two_patients_expect_is_refused(import_antibody_file, import_patient_file):
    import_patient_file(b"patient_number,antibody_sample\nP1,S1\nP2,S1\n")
    result = import_antibody_file(matchit(("A*01:01", 1)).encode())
    assert [(issue.code, issue.params["patients"]) for issue in result.issues] == [
        ("sample_expected_by_several", "P1, P2")
    ]


def test_options_that_do_not_fit_the_file(import_antibody_file, two_patients):
    two = (matchit(("A*01:01", 1), sample="S1") + matchit(("A*01:01", 1), sample="S2", header="")).encode()
    with pytest.raises(UnusableInput, match="sample_option_for_several"):
        import_antibody_file(two, sample_code="new")
    with pytest.raises(UnusableInput, match="patient_and_map_given"):
        import_antibody_file(two, patient="P1", by_sample={"S1": "P1"})
    with pytest.raises(NotFound, match="unknown_patient"):
        import_antibody_file(two, patient="P9")


def test_sample_and_date_given_replace_those_of_the_file(import_antibody_file, two_patients, sera):
    import_antibody_file(matchit(("A*01:01", 1)).encode(), sample_code="mine", run_on=date(2026, 1, 2))
    assert [(code, serum.run_on, serum.patient_id) for (code, _), (serum, _) in sera().items()] == [
        ("mine", date(2026, 1, 2), 1)
    ]


# --- run dates ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        (["10-12-2019"], date(2019, 12, 10)),
        (["2019-12-10"], date(2019, 12, 10)),
        (["25/12/2019", "10/12/2019"], date(2019, 12, 10)),
        ([""], None),
    ],
)
def test_run_dates_that_are_read(runs, expected, import_antibody_file, two_patients, sera):
    rows = [
        matchit(("A*01:01", 1), sample=f"S{n}", run=run, header="")
        for n, run in enumerate(runs, start=2 - len(runs) + 1)
    ]
    import_antibody_file((MATCHIT + "".join(rows)).encode(), patient="P1")
    assert sera()["S2", "I"][0].run_on == expected


@pytest.mark.parametrize(
    ("runs", "code"),
    [
        (["10/12/2019"], "date_order_unknown"),
        (["12-25-2019", "10-12-2019"], "date_order_mixed"),
        (["soon"], "date_unreadable"),
    ],
)
def test_run_dates_that_are_refused_unless_one_is_given(runs, code, import_antibody_file, two_patients, sera):
    rows = [
        matchit(("A*01:01", 1), sample=f"S{n}", run=run, header="")
        for n, run in enumerate(runs, start=2 - len(runs) + 1)
    ]
    content = (MATCHIT + "".join(rows)).encode()
    result = import_antibody_file(content, mode="check")
    assert [(issue.code, issue.column) for issue in result.issues] == [(code, "run_date")]
    import_antibody_file(content, run_on=date(2019, 12, 10))
    assert sera()["S2", "I"][0].run_on == date(2019, 12, 10)


# --- a serum on record ----------------------------------------------------------------------------------------------


def test_the_same_serum_again_is_unchanged_in_any_order_of_its_beads(import_antibody_file, two_patients):
    import_antibody_file(matchit(("A*01:01", 128), ("B*07:02", 84)).encode())
    result = import_antibody_file(matchit(("B*07:02", 84), ("A*01:01", 128)).encode())
    assert (result.unchanged, result.created, result.refused) == (2, 0, 0)


def test_the_same_key_with_other_values_is_refused_with_the_difference(import_antibody_file, two_patients, sera):
    import_antibody_file(matchit(("A*01:01", 128), ("A*02:01", 5), ("B*07:02", 84)).encode())
    before = sera()
    other = matchit(("A*01:01", 130), ("A*02:01", 5), ("B*08:01", 84), run="11-12-2019")
    result = import_antibody_file(other.encode())
    (issue,) = result.issues
    assert (result.refused, issue.code, issue.params["count"]) == (3, "serum_differs", 4)
    assert issue.params["differences"] == (
        "run_on: 2019-12-10 → 2019-12-11; A*01:01: 128 → 130; B*07:02: 84 → –; B*08:01: – → 84"
    )
    assert sera()["S1", "I"][1] == before["S1", "I"][1]


def test_more_beads_than_on_record_are_other_values_too(import_antibody_file, two_patients):
    import_antibody_file(matchit(("A*01:01", 128)).encode())
    result = import_antibody_file(matchit(("A*01:01", 128), ("A*02:01", 5)).encode())
    assert (result.refused, result.issues[0].params["differences"]) == (2, "A*02:01: – → 5")


def test_another_lot_is_another_serum_and_another_patient_is_refused(import_antibody_file, two_patients, sera):
    import_antibody_file(matchit(("A*01:01", 128)).encode())
    assert import_antibody_file(matchit(("A*01:01", 9), lot="301-SA1").encode()).created == 1
    result = import_antibody_file(fusion((["A*01:01"], "128"), patient="P2", sample="S1", lot="300-SA1"))
    errors = [issue for issue in result.issues if issue.severity == "error"]
    assert [(issue.code, issue.params["other"]) for issue in errors] == [("serum_of_other_patient", "P1")]


def test_one_key_twice_in_a_file_with_other_values_refuses_both(import_antibody_file, two_patients, sera):
    twice = matchit(("A*01:01", 1)) + matchit(("A*01:01", 2), run="11-12-2019", header="")
    result = import_antibody_file(twice.encode())
    assert [issue.code for issue in result.issues] == ["serum_twice_in_file", "serum_twice_in_file"]
    assert (result.refused, sera()) == (2, {})


def test_a_serum_repeated_word_for_word_shares_the_fate_of_the_first(import_antibody_file, two_patients):
    for sample, outcomes in (("S1", (1, 1, 0)), ("X9", (0, 0, 2))):
        block = matchit(("A*01:01", 1), sample=sample)
        twice = block + matchit(("A*01:01", 1), sample=f"{sample}", run="2019-12-10", header="")
        result = import_antibody_file(twice.encode())
        assert (result.created, result.unchanged, result.refused) == outcomes


def test_a_line_with_a_bad_date_leaves_its_serum_said_to_be_incomplete(import_antibody_file, two_patients):
    content = matchit(("A*01:01", 1)) + matchit(("A*02:01", 2), run="31-02-2019", header="")
    result = import_antibody_file(content.encode())
    assert (result.created, result.refused) == (1, 1)
    assert {issue.code for issue in result.issues} == {"date_does_not_exist", "serum_incomplete"}


@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        (b"<sample-id>S1</sample-id>", b"", ["sample_missing"]),
        (b"2024-12-12", b"12/12/24", ["date_with_short_year"]),
        (b"<sample-raw-MFI>399", b"<sample-raw-MFI>NaN", ["number_unreadable"]),
        (b"<sample-adjusted-MFI>276", b"<sample-adjusted-MFI>2,5", ["number_unreadable"]),
    ],
)
def test_haml_that_can_be_read_only_in_part(old, new, codes, import_antibody_file, two_patients):
    content = haml_04(("A*01:01", 399, 276))
    assert old in content
    result = import_antibody_file(content.replace(old, new))
    assert (result.created, result.refused, [issue.code for issue in result.issues]) == (0, 1, codes)


def test_a_check_writes_nothing(import_antibody_file, two_patients, sera):
    assert import_antibody_file(matchit(("A*01:01", 1)).encode(), mode="check").created == 1
    assert sera() == {}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"donor_number,abo\nD1,A\n", "people_file_given_as_antibodies"),
        (b"patient_number,abo\nP1,A\n", "people_file_given_as_antibodies"),
        (b"a,b,c\n1,2,3\n", "antibody_format_unknown"),
        (MATCHIT.encode(), "file_without_rows"),
        (b"", "file_empty"),
        (b"%PDF-1.4", "wrong_file_type"),
    ],
)
def test_files_that_are_no_antibody_file(content, code, import_antibody_file):
    with pytest.raises(UnusableInput) as refused:
        import_antibody_file(content)
    assert refused.value.code == code

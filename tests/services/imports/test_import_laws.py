"""Laws of reading files: the writing of a file does not matter, nonsense is never a crash, twice is once."""

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import UnusableInput
from services.imports.columns import map_columns
from services.imports.fields import DONOR_FIELDS, DONOR_KEY
from services.imports.reading import Layout, RowReader
from services.imports.recognise import Given, read_antibodies
from services.imports.survey import survey_table
from services.imports.tabular import read_table

NOW = datetime(2026, 11, 22, tzinfo=UTC)
COLUMNS = ("donor_number", "last_name", "birth_date", "weight_kg", "consent_contact", "hla_a_1", "status")

# Without the letters that begin an accent of UTF-8: before another sign they are taken for one, and the file refused.
names = st.text(st.characters(codec="cp1252", categories=["L"], exclude_characters="ÃÅâ"), min_size=1, max_size=8)
people = st.lists(
    st.tuples(
        st.from_regex(r"[A-Z]{2}[0-9]{4}", fullmatch=True),
        names,
        st.dates(date(1930, 1, 1), date(2008, 1, 1)),
        st.decimals(40, 120, places=1),
        st.booleans(),
        st.sampled_from(["A*01", "A2", "A*02:01", ""]),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda person: person[0],
)


def read_rows(content):
    table = read_table(content)
    columns = map_columns(table.headings, fields=DONOR_FIELDS, key=DONOR_KEY, by_hand={})
    survey = survey_table(table, columns, fields=DONOR_FIELDS, key=DONOR_KEY)
    reader = RowReader(Layout(table, columns, DONOR_FIELDS, survey, DONOR_KEY), now=NOW)
    return [(row.key, row.refused, row.values) for row in reader.rows()]


def written(rows, *, order, separator, encoding, pattern, mark, yes, no):
    """A donor file of these people as one program or another would write it."""
    lines = [separator.join(COLUMNS[place] for place in order)]
    for number, name, born, weight, consent, typed in rows:
        cells = (
            number, name, born.strftime(pattern), str(weight).replace(".", mark), yes if consent else no, typed, "active",
        )  # fmt: skip
        quoted = [f'"{cell}"' if separator in cell else cell for cell in cells]
        lines.append(separator.join(quoted[place] for place in order))
    return "\n".join([*lines, ""]).encode(encoding)


@settings(max_examples=60, deadline=None)
@given(
    rows=people,
    order=st.permutations(range(len(COLUMNS))),
    separator=st.sampled_from([",", ";", "\t", "|"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    pattern=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%m-%d-%Y", "%Y%m%d"]),
    mark=st.sampled_from([".", ","]),
    words=st.sampled_from([("yes", "no"), ("oui", "non"), ("1", "0"), ("TRUE", "FALSE")]),
)
def test_how_a_file_is_written_does_not_change_what_it_says(rows, order, separator, encoding, pattern, mark, words):
    # One date that proves the order and one number that proves the mark: without them a file says less.
    rows = [*rows, ("ZZ99999", "Preuve", date(1990, 12, 25), "62.5", True, "A*01")]
    content = written(
        rows, order=order, separator=separator, encoding=encoding, pattern=pattern, mark=mark, yes=words[0], no=words[1]
    )
    assert read_rows(content) == [
        (number, False, {
            "last_name": name, "birth_date": born, "weight_kg": float(weight), "consent_contact": consent,
            "hla_a_1": typed, "status": "active",
        })
        for number, name, born, weight, consent, typed in rows
    ]  # fmt: skip


cells = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            "-",
            "03/04/1985",
            "25/12/1990",
            "1,234",
            "12,5",
            "A*02:01",
            "A99",
            "yes",
            "active",
            "+",
            "?",
            '"',
            "\u202f1",
        ]
    ),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cells, min_size=len(DONOR_FIELDS), max_size=len(DONOR_FIELDS)), min_size=1, max_size=5))
def test_nonsense_is_counted_row_by_row_and_twice_is_once(rows, import_donor_file):
    quoted = [";".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
    content = "\r\n".join([";".join(DONOR_FIELDS), *quoted, ""]).encode("utf-8", errors="replace")
    try:
        first = import_donor_file(content)
    except UnusableInput:
        return
    again = import_donor_file(content)
    assert first.rows == first.created + first.updated + first.unchanged + first.refused
    assert (again.created, again.updated, again.refused) == (0, 0, first.refused)
    assert again.unchanged == first.created + first.updated + first.unchanged


def mutations(content):
    """The content with a slice left out, doubled, or replaced by other bytes."""
    places = st.integers(0, len(content))
    return st.builds(
        lambda a, b, put: content[: min(a, b)] + put + content[max(a, b) :],
        places, places, st.one_of(st.binary(max_size=6), st.sampled_from([b'"', b"\n", b"<", b"\xff", content[:50]])),
    )  # fmt: skip


MATCHIT = b"Sample ID,Lot ID,Run Date,Allele,Raw Value\nS1,L1,10-12-2019,A*01:01,128\nS1,L1,10-12-2019,B*07:02,1.5\n"
FUSION = 'PatientID;SampleIDName;RunDate;CatalogID;BeadID;Specificity;RawData;\nP1;S1;29-07-2019;LS1;003;"A*01:01,-,-";4362,43;\n'
HAML = (
    '<?xml version="1.0"?><haml version="0.5.3"><patient><patient-id>P</patient-id><sample><sample-id>S</sample-id>'
    "<working-sample><assay><assay-date>2025-10-23</assay-date><target-bead-observation><bead-info><HLA-target-type>"
    "A*01:01</HLA-target-type></bead-info><bead-raw-data><raw-MFI>344</raw-MFI></bead-raw-data>"
    "</target-bead-observation></assay></working-sample></sample></patient></haml>"
)


@pytest.mark.parametrize("content", [MATCHIT, FUSION.encode("utf-8-sig"), HAML.encode(), b"A*01:01;5\nA*02:01;7\n"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_spoilt_laboratory_file_is_read_or_refused_never_a_crash(content, data):
    spoilt = data.draw(mutations(content))
    try:
        file = read_antibodies(spoilt, Given(file_stem="file"))
    except UnusableInput:
        return
    sera = file.sera()
    assert sum(len(serum.beads) for serum in sera) == sum(len(beads) for beads in file.readings.values())
    assert all(bead.mfi >= 0 for serum in sera for bead in serum.beads)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=300))
def test_any_bytes_at_all_are_a_table_or_refused(content):
    with contextlib.suppress(UnusableInput):
        assert all(any(row.cells) for row in read_table(content).rows())

"""The ranked donors of one view of the workbench, as a document."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from services.documents.document import Cell, Column, Document, Fact, Maker, Table, Words
from services.documents.donor_rows import SAME, paper_columns, paper_row, sheet_columns, sheet_row
from services.documents.statements import filters_said, search_facts, version_facts
from services.evidence.reading import read_evidence
from services.matching.engine import sweep
from services.matching.listing import Listing
from services.matching.snapshots import SnapshotStore
from services.patients import self_issues
from services.ranked_donors import ranking_of
from services.searches import Laid, counts_json, issues_json
from services.wanted import Wanted
from services.wording.catalogue import sentence
from services.wording.signs import MATCH_GLYPHS, REACTION_GLYPHS
from services.workbench import laid_for_page

Json = dict[str, Any]
AT_ONCE = 1_000  # donors explained together
MOST_ON_PAPER = 500
COUNTED = ("compatible", "available", "possible", "unknown", "blocked")


class DonorList:
    """One view laid over the registry, its donors read in parts; open as long as its session."""

    def __init__(
        self,
        session: Session,
        store: SnapshotStore,
        *,
        patient_number: str,
        wanted: Wanted,
        locale: str,
        now: datetime,
        zone: str,
    ) -> None:
        self.session, self.wanted, self.locale, self.words = session, wanted, locale, Words(locale)
        self.laid, self.mfi, self.said = laid_for_page(session, store, patient_number, wanted)
        evidence = read_evidence(session, self.laid.case.patient, on=wanted.on, zone=zone)
        self.ranking = ranking_of(self.laid, self.mfi, wanted, evidence)
        self.listing = Listing(session, self.ranking, wanted.filters, wanted.sort, now=now)
        self.explainer = self.laid.explainer(self.mfi, evidence)

    @property
    def loci(self) -> Sequence[str]:
        """The loci in scope."""
        return self.laid.case.directive.loci

    @property
    def has_eplets(self) -> bool:
        """Whether an eplet table is loaded."""
        return self.laid.matching.reading.eplet_table is not None

    def donors(self, most: int | None = None) -> Iterator[Json]:
        """The donors of the view, at most so many, with their rank in the whole list."""
        whole = self.listing.part(0, most)  # numbers alone: put in order once, explained in parts
        for first in range(0, len(whole.ranks), AT_ONCE):
            here = slice(first, first + AT_ONCE)
            found = self.explainer.page(self.session, self.ranking, whole.donors.take(here), 1)
            for donor, rank in zip(found, whole.ranks[here], strict=True):
                yield {**donor, "rank": rank}
            self.session.expunge_all()  # rows are only read: a long list must not stay in memory

    def issues(self) -> list[str]:
        """What to know of the answer, in words."""
        laid = self.laid
        found = (*self.said, *laid.issues, *self_issues(laid.matching.reading, self.mfi))
        return [issue["message"] for issue in issues_json(found, self.locale)]


def donor_document(view: DonorList, *, maker: Maker, on_paper: bool) -> Document:
    """The list as a document: every donor for a spreadsheet, the first of them on paper, which says so."""
    said, locale = view.words, view.locale
    head, policy = view.laid.head(), view.ranking.policy
    order = f"{policy.name}-{policy.version}"
    total = view.listing.total
    facts = [
        *search_facts(head, view.laid.case.directive_row, locale),
        Fact(said("heading_threshold"), view.mfi),
        Fact(said("doc.filters"), filters_said(view.wanted, locale)),
        Fact(said("doc.order"), _order_said(view)),
        Fact(said("doc.listed"), total),
    ]
    notes = view.issues()
    if on_paper and total > MOST_ON_PAPER:
        notes.insert(0, sentence("doc.capped", {"shown": MOST_ON_PAPER, "total": total}, locale))
    sheets = [_sheet_table(view), counts_table(view.laid, [view.mfi], locale)]
    return Document(
        name=said("doc.file_donors"),
        title=said("doc.title_donors"),
        subject=head["patient"],
        locale=locale,
        facts=facts,
        versions=version_facts(head, locale, order),
        made=maker.facts(locale),
        tables=_paper_tables(view, notes) if on_paper else sheets,
        notes=notes,
        legend=_legend(said) if on_paper else (),
        main=1 if on_paper else 0,
    )


def _order_said(view: DonorList) -> str:
    named = sentence(f"policy.{view.ranking.policy.name}", {}, view.locale)
    if view.wanted.sort == "rank":
        return named
    column = sentence(f"sort.{view.wanted.sort.removeprefix('-')}", {}, view.locale)
    return f"{named}, {column}{' ↓' if view.wanted.sort.startswith('-') else ' ↑'}"


def _sheet_table(view: DonorList) -> Table:
    rows = (sheet_row(donor, view.loci, view.words, eplets=view.has_eplets) for donor in view.donors())
    columns = sheet_columns(view.loci, view.words, eplets=view.has_eplets)
    return Table(view.words("doc.sheet_donors"), columns, rows)


def _paper_tables(view: DonorList, notes: list[str]) -> list[Table]:
    """The counts and the first donors; the flags that all of them carry become notes."""
    donors = list(view.donors(MOST_ON_PAPER))
    systems = sorted(view.laid.matching.rules.hpa) + (["CD36"] if view.laid.case.directive.anti_cd36 else [])
    common = frozenset.intersection(*(frozenset(donor["flags"]) for donor in donors)) if donors else frozenset()
    every = sentence("doc.all_listed", {}, view.locale)
    notes += [f"{every} {sentence(code, {}, view.locale)}" for code in sorted(common)]
    asked = {"eplets": view.has_eplets}
    rows = [paper_row(donor, view.loci, systems, common, view.words, **asked) for donor in donors]
    title = sentence("doc.sheet_donors", {}, view.locale)
    listed = Table(title, paper_columns(view.loci, systems, view.words, **asked), rows)
    here = view.wanted.region or view.laid.case.patient.region
    return [counts_table(view.laid, [view.mfi], view.locale, only=(here or "",)), listed]


def counts_table(laid: Laid, levels: Sequence[int], locale: str, only: Sequence[str] | None = None) -> Table:
    """The counts of some thresholds: the country, then each region, or only those named."""
    said = Words(locale)
    columns = [
        Column(said("heading_threshold"), 12, True),
        Column(said("heading_region"), 26),
        *(Column(said(f"heading_{name}"), 13, True) for name in COUNTED),
        Column(said("column.active"), 13, True),
    ]
    counts = sweep(laid.matching, levels, laid.on)
    rows: list[Sequence[Cell]] = []
    for level, mfi in enumerate(levels):
        answer = counts_json(counts, level)
        places = {said("doc.whole_country"): answer["national"]}
        for name, found in answer["regions"].items():
            if only is None or name in only:
                places[said("unassigned") if name == "unassigned" else name] = found
        for place, found in places.items():
            total = sum(found[name] for name in COUNTED if name != "available")
            rows.append([mfi, place, *(found[name] for name in COUNTED), total])
    return Table(said("doc.sheet_counts"), columns, rows)


def _legend(said: Words) -> list[tuple[str, str]]:
    return [
        *((sign, said(f"match.{match}")) for match, sign in MATCH_GLYPHS.items()),
        (REACTION_GLYPHS["positive"], said("reaction.positive")),
        ("?", said("reaction.unsure")),
        (SAME, said("doc.same")),
    ]

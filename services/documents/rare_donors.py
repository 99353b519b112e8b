"""The rare-donor file as a document: numbers and phenotypes, never who anybody is."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from domain.reference import LOCI
from services.audit import record_audit
from services.documents.document import Cell, Column, Document, Fact, Maker, Table, Words
from services.rare_donors.file import Counted, RareFile
from services.rare_donors.filtering import FACETS, RareFilter
from services.rare_donors.listing import RareEntry, Shown
from services.rare_donors.rules import table_version
from services.registry_list import NO_REGION
from services.wording.rare_donors import FACET_WORDS

RHD = {"+": "RhD+", "-": "RhD−"}


def rare_document(file: RareFile, asked: RareFilter, *, maker: Maker, locale: str) -> Document:
    """The list as it was narrowed, and what the registry counted of each phenotype."""
    said = Words(locale)
    made: Cell = maker.clock(file.made_at) if file.made_at else said("rare_never_made")
    return Document(
        name=said("doc.file_rare"),
        title=said("doc.title_rare"),
        subject=said("doc.subject_rare"),
        locale=locale,
        facts=[*_asked(asked, said), Fact(said("doc.rare_donors"), len(file.entries))],
        versions=[Fact(said("doc.rare_table"), table_version()), Fact(said("doc.rare_made"), made)],
        made=maker.facts(locale),
        tables=[_donors(file, said), _counts(file.counted, said)],
        notes=[said("rare_stale")] if file.stale else [],
    )


def _asked(asked: RareFilter, said: Words) -> list[Fact]:
    found = []
    for facet in FACETS:
        word = getattr(asked, facet)
        if word is None:
            continue
        prefix = FACET_WORDS.get(facet)
        text = said(f"{prefix}.{word}") if prefix else said("choice.no_region") if word == NO_REGION else word
        found.append(Fact(said(f"rare_facet.{facet}"), text))
    return found


def _donors(file: RareFile, said: Words) -> Table:
    columns = [
        Column(said("heading_donor"), 14),
        Column(said("rare_facet.phenotype"), 34),
        Column(said("rare_facet.status"), 14),
        *[Column(f"HLA-{locus}", 20) for locus in LOCI],
        Column(said("donor_column.abo"), 10),
        Column(said("rare_facet.region"), 18),
        Column(said("rare_heading.gives_from"), 14),
        Column(said("rare_heading.last_contact"), 14),
        Column(said("rare_heading.next_recall"), 14),
        Column(said("rare_heading.reserved"), 16),
        Column(said("rare_heading.limits"), 24),
        Column(said("rare_facet.alert"), 40),
    ]
    return Table(said("doc.sheet_rare"), columns, [_row(one, said) for one in file.entries])


def _row(entry: RareEntry, said: Words) -> list[Cell]:
    limits = [said(f"rare_limit.{name}") for name in ("spare", "pseudonym_only") if getattr(entry, name)]
    return [
        entry.number,
        "; ".join(phenotype_said(one, said) for one in entry.standing or entry.shown),
        said(f"rare_status.{entry.status}"),
        *[", ".join(entry.hla[locus]) or "?" for locus in LOCI],
        f"{entry.abo or '?'} {RHD.get(entry.rhd or '', '?')}",
        entry.region,
        entry.first_eligible_on,
        entry.last_contact_on,
        entry.next_recall_on,
        "; ".join(one.day.isoformat() + (f" {one.patient}" if one.patient else "") for one in entry.reserved),
        "; ".join(limits),
        " ".join(said(one.code, one.params) for one in entry.alerts),
    ]


def phenotype_said(one: Shown, said: Words) -> str:
    """A rare phenotype in words, with the antigens that name it."""
    return f"{said(f'rare.{one.phenotype}')}{f' ({one.subjects})' if one.subjects else ''}"


def _counts(counted: Sequence[Counted], said: Words) -> Table:
    columns = [
        Column(said("rare_facet.phenotype"), 40),
        Column(said("rare_heading.in_file"), 12, True),
        Column(said("rare_heading.confirmed"), 12, True),
        Column(said("rare_heading.shown"), 12, True),
        Column(said("rare_heading.typed"), 12, True),
        Column(said("rare_heading.low"), 12, True),
        Column(said("rare_heading.high"), 12, True),
        Column(said("rare_heading.standing"), 24),
    ]
    rows = [
        [
            said(f"rare.{one.rule.code}"),
            one.donors,
            one.confirmed,
            one.shown,
            one.of,
            one.low,
            one.high,
            said(f"rare_standing.{one.standing}") if one.standing else said("rare_standing.each"),
        ]
        for one in counted
    ]
    return Table(said("doc.sheet_rare_counts"), columns, rows)


def record_rare_export(session: Session, kind: str, rows: int, *, actor: str, now: datetime) -> None:
    """Note who took the list out, in which form, and how much of it."""
    record_audit(
        session,
        actor=actor,
        action="export",
        subject_type="rare_donors",
        subject_key=table_version(),
        details={"what": "rare_donors", "format": kind, "rows": rows},
        now=now,
    )
